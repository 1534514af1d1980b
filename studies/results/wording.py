"""Estimates and what was found in words: the same in a summary and on a page."""

from __future__ import annotations

from neumf.evaluation.measurement import IN_WORDS
from neumf.metrics import OBJECTIVE
from studies.results.intervals import Estimate
from studies.results.opening import Opening, Verdict

STANDS: dict[Verdict, str] = {
    "ahead": "NeuMF is ahead",
    "behind": "NeuMF is behind",
    "level": "they cannot be told apart",
}
"""How the chosen NeuMF stands to a simple model."""


def with_interval(one: Estimate) -> str:
    """``0.4212 [0.4100, 0.4324]``."""
    return f"{one.mean:.4f} [{one.low:.4f}, {one.high:.4f}]"


def difference(one: Estimate) -> str:
    """``+0.0031 [-0.0004, +0.0066]``."""
    return f"{one.mean:+.4f} [{one.low:+.4f}, {one.high:+.4f}]"


def sentence(opening: Opening) -> str:
    """What the test split said, in one sentence that a reader can believe."""
    return f"{_said(opening)}{_before(opening)}"


def _before(opening: Opening) -> str:
    """Who knew this study's test split may have chosen what it searches."""
    if not opening.opened_before:
        return ""
    told = ", ".join(f"{one.study} ({one.opened[:10]})" for one in opening.opened_before)
    return f"; this test split had been opened before, by {told}"


def _said(opening: Opening) -> str:
    way = opening.way
    mine = opening.neumf.estimates[way][OBJECTIVE.name]
    told = (
        f"on test, opened once, the chosen NeuMF (trial {opening.chosen}) has {OBJECTIVE.name}"
        f" {mine.mean:.4f}, the mean of {opening.seeds} seeds, {IN_WORDS[way]}"
    )
    best = opening.best_baseline
    if best is None or best.ahead is None or opening.verdict is None:
        return f"{told}; no simple model was measured beside it"
    its, ahead = best.estimates[way][OBJECTIVE.name], best.ahead[way]
    return (
        f"{told}; {best.label}, the best of the simple models there, has {its.mean:.4f}:"
        f" {STANDS[opening.verdict]} ({difference(ahead)})"
    )
