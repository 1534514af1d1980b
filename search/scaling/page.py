"""What simulated searches came to, as a section of SCALING.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import mean, stdev

from neumf.durations import format_duration
from reports import text
from reports.document import as_table
from search.scaling.measuring import Found
from search.scaling.simulation import Simulated
from search.scaling.workers import SEED_NOISE
from studies.results.study_result import HOST

WAITED_FOR = 0.9
"""A coordinator that works more than this share of the time is what the workers wait for."""


def section(found: Found, price: float | None) -> str:
    """In Markdown. ``price`` is that of one core for an hour."""
    surrogate = found.surrogate
    parts = [
        (
            f"By `python -m search.scaling {found.study}`, with at most {found.limit:g} s for a"
            f" search; {tell_versions(found.versions)}."
        ),
        (
            "The workers are simulated; the coordinator, its ledger and a new SQLite file are real."
            " Time passes while workers train, and while the coordinator computes, by what it"
            " really takes of its processor. What a trial gives and takes is told from the"
            f" {surrogate.trials} trials in {found.recorded.name}: from the others each score is"
            f" told with an error of {surrogate.error:.4f} (standard deviation of the scores:"
            f" {surrogate.spread:.4f})."
            f" A seed's luck, {SEED_NOISE:g}, is added."
        ),
        "### Time and cost",
        as_table(_costs(found.searches, price)),
        _stopped(found),
        "### The coordinator",
        (
            "Milliseconds of its processor's time, and the share of the time in which it works:"
            " workers wait for it where that is bold."
        ),
        as_table(_work(found.searches)),
        "### What open trials cost in quality",
        (
            "The score to be expected of the trial with the best value, mean over studies of"
            " different seeds. The coordinator takes no time here."
        ),
        as_table(_quality(found.quality)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def tell_versions(versions: Mapping[str, str]) -> str:
    """Of what computes."""
    used = {name: version for name, version in versions.items() if name not in HOST}
    return ", ".join(f"{name} {version}" for name, version in used.items())


def _costs(searches: Iterable[Simulated], price: float | None) -> Iterator[Sequence[str]]:
    money = () if price is None else ("money",)
    yield (
        *("workers", "trials", "time", "with one worker", "times faster", "workers train"),
        *("core-hours", *money),
    )
    for one in searches:
        spent = () if price is None else (f"{one.core_hours * price:,.2f}",)
        yield (
            text.thousands(one.workers),
            _trials(one),
            format_duration(one.seconds),
            format_duration(one.trained),
            f"{one.trained / one.seconds:,.1f}" if one.seconds else text.MISSING,
            text.share(one.used),
            f"{one.core_hours:,.2f}",
            *spent,
        )


def _trials(one: Simulated) -> str:
    if one.trials == one.wanted:
        return text.thousands(one.trials)
    return f"{text.thousands(one.trials)} of {text.thousands(one.wanted)}"


def _stopped(found: Found) -> str:
    if all(one.trials == one.wanted for one in found.searches):
        return ""
    return (
        "A search that is told as so many trials *of* more was stopped when simulating it had taken"
        f" {found.limit:g} s of the processor; its time and cost are those of what it had done."
    )


def _work(searches: Iterable[Simulated]) -> Iterator[Sequence[str]]:
    yield "workers", "trials", "to ask", "an epoch", "a verdict", "to store", "a trial", "occupied"
    for one in searches:
        each = [
            f"{1000 * one.costs[what] / one.counts[what]:.1f}" if one.counts[what] else text.MISSING
            for what in ("asking", "epochs", "verdicts", "storing")
        ]
        whole = f"{1000 * one.worked / one.trials:.0f}" if one.trials else text.MISSING
        occupied = text.share(one.occupied)
        told = f"**{occupied}**" if one.occupied > WAITED_FOR else occupied
        yield text.thousands(one.workers), _trials(one), *each, whole, told


def _quality(quality: Iterable[Sequence[Simulated]]) -> Iterator[Sequence[str]]:
    yield "trials", "open at once", "studies", "expected score", "standard error", "time"
    for studies in quality:
        scores = [one.best for one in studies if one.best is not None]
        error = stdev(scores) / len(scores) ** 0.5 if len(scores) > 1 else None
        yield (
            text.thousands(studies[0].wanted),
            text.thousands(studies[0].workers),
            str(len(studies)),
            text.score(mean(scores)),
            text.score(error),
            format_duration(mean(one.seconds for one in studies)),
        )
