"""What confirming and opening found, in the lines of a summary and in JSON."""

from __future__ import annotations

from typing import Any

from neumf.evaluation.measurement import ways
from neumf.metrics import HEADLINE, OBJECTIVE
from studies.results.confirmation import Confirmation, Confirmed
from studies.results.intervals import LEVEL, Estimate
from studies.results.measured import TunedBaseline
from studies.results.opening import Opening, Tested
from studies.results.study_result import StudyResult

WAYS = {
    "sampled": "on the candidates drawn",
    "expected": "expected over all draws of candidates",
    "catalogue": "among the whole catalogue",
}
"""How a model is measured, for people."""


def lines(study: StudyResult, confirmation: Confirmation | None) -> list[str]:
    """The part of a summary that can be believed."""
    found: list[str] = []
    if confirmation is not None:
        found += _table("confirmed", _confirmed(confirmation))
        found += _table("baselines", [_baseline(one, confirmation) for one in study.baselines])
    if study.opening is not None:
        found += _table("test", _opened(study.opening, study.extended))
        found += _table("verdict", [sentence(study.opening)])
    return found


def as_json(study: StudyResult, confirmation: Confirmation | None) -> dict[str, Any]:
    """``confirmed``, ``chosen``, ``baselines``, ``test`` and ``verdict`` of ``--json``."""
    chosen = None if confirmation is None else confirmation.chosen
    opening = study.opening
    return {
        "confirmed": [] if confirmation is None else [e.as_json() for e in confirmation.entries],
        "measured": None if confirmation is None else confirmation.way,
        "chosen": None if chosen is None else chosen.number,
        "baselines": {one.name: _baseline_json(one) for one in study.baselines},
        "test": None if opening is None else {m.name: _tested_json(m) for m in opening.models},
        "opened": None if opening is None else opening.opened,
        "extended": study.extended,
        "verdict": None if opening is None else opening.verdict,
    }


def sentence(opening: Opening) -> str:
    """One sentence that a reader can believe."""
    way, mine = opening.way, opening.neumf.estimates[opening.way][OBJECTIVE.name]
    seeds = f"mean of {opening.seeds} seeds"
    told = (
        f"on test, opened once, the chosen NeuMF (trial {opening.chosen}) has {OBJECTIVE.name}"
        f" {_interval(mine)}, {seeds}, {WAYS[way]}"
    )
    best = opening.best_baseline
    if best is None or best.ahead is None:
        return f"{told}; no baseline was measured beside it"
    its, ahead = best.estimates[way][OBJECTIVE.name], best.ahead[way]
    told += f"; {best.label}, the best of the simple models, has {its.mean:.4f}"
    return f"{told}: NeuMF is {_STANDS[opening.verdict or 'level']} ({_difference(ahead)})"


_STANDS = {"ahead": "ahead", "behind": "behind", "level": "level with it"}


def _confirmed(confirmation: Confirmation) -> list[str]:
    chosen = confirmation.chosen
    seeds = max(entry.mean.seeds for entry in confirmation.entries)
    found = [
        f"{OBJECTIVE.name} {WAYS[confirmation.way]}, {seeds} fresh seeds,"
        f" {LEVEL:.0%} intervals over seeds and users"
    ]
    width = max(len(_name(entry)) for entry in confirmation.entries)
    for entry in confirmation.entries:
        words = [f"{_name(entry):<{width}}  {_interval(entry.mean)}"]
        if entry.trial.value is not None and entry.sampled is not None:
            words.append(f"the search had {entry.trial.value:.4f}, now {entry.sampled.mean:.4f}")
        elif entry.trial.value is not None:
            words.append(f"the search had {entry.trial.value:.4f}")
        if entry.behind is not None:
            how = "cannot be told apart" if entry.is_level else "behind"
            words.append(f"{how} ({_difference(_negative(entry.behind))})")
        if entry.failures:
            words.append(f"{len(entry.failures)} failed: {entry.failures[0]}")
        if entry is chosen:
            words.append("chosen" if entry.behind is None else "chosen: the smallest of these")
        found.append("; ".join(words))
    if chosen is None:
        found.append("not all runs are done: run the same command again")
    return found


def _name(entry: Confirmed) -> str:
    label = entry.trial.label
    return f"trial {entry.number}" + (f" ({label})" if label else "")


def _baseline(one: TunedBaseline, confirmation: Confirmation) -> str:
    if one.refusal is not None:
        return f"{one.label}: {one.refusal}"
    words = " ".join(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
                     for name, value in one.hyperparameters.items())
    value = one.model.estimate(confirmation.way).mean
    chosen = confirmation.chosen
    ahead = "" if chosen is None else (
        f"; chosen NeuMF ahead by {_difference(chosen.model.ahead_of(one.model, confirmation.way))}"
    )
    return f"{one.label:<10}  {value:.4f} on validation  {words}{ahead}"


def _opened(opening: Opening, extended: int) -> list[str]:
    width = max(len(model.label) for model in opening.models)
    found = [
        f"opened {opening.opened}, after {opening.trials} trials;"
        f" trained on train and validation, {opening.last_epoch} epochs"
    ]
    if extended:
        found.append(f"{extended} trials were added after that: the record is of what was chosen then")
    for way in opening.neumf.estimates:
        found.append(f"{WAYS[way]}:")
        found += [f"  {model.label:<{width}}  {_metrics(model, way)}" for model in opening.models]
    return found


def _metrics(model: Tested, way: str) -> str:
    told = "  ".join(f"{m.name} {_interval(model.estimates[way][m.name])}" for m in HEADLINE)
    if model.ahead is None:
        return told
    return f"{told}  NeuMF ahead by {_difference(model.ahead[way])}"


def _interval(one: Estimate) -> str:
    return f"{one.mean:.4f} [{one.low:.4f}, {one.high:.4f}]"


def _difference(one: Estimate) -> str:
    return f"{one.mean:+.4f} [{one.low:+.4f}, {one.high:+.4f}]"


def _negative(one: Estimate) -> Estimate:
    return Estimate(-one.mean, -one.high, -one.low, one.seeds)


def _baseline_json(one: TunedBaseline) -> dict[str, Any]:
    return {
        "label": one.label,
        "hyperparameters": one.hyperparameters,
        "tried": one.tried,
        "seconds": one.seconds,
        "refusal": one.refusal,
        "validation": {
            way: {name: each.as_json() for name, each in one.model.estimates(way).items()}
            for way in (ways(one.model.sizes) if one.model.measurements else ())
        },
    }


def _tested_json(model: Tested) -> dict[str, Any]:
    """Metric to mean, low and high: on the candidates drawn under the metric's own name, and by the
    other ways under ``expected nDCG@10`` and ``catalogue nDCG@10``."""
    first = next(iter(model.estimates))
    return {
        (name if way == first else f"{way} {name}"): each.as_json()
        for way, found in model.estimates.items()
        for name, each in found.items()
    }


def _table(title: str, rows: list[str]) -> list[str]:
    return [f"{'' if n else title:10} {row}" for n, row in enumerate(rows)]
