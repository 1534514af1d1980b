"""What a person is told first: who won, by how much, and what it cost, as plain tuples."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

from neumf.evaluation.metrics import CUTOFFS, HEADLINE
from studies.results.study_result import StudyResult, TrialResult

STATES = ("complete", "pruned", "failed", "interrupted", "running", "waiting")


class Comparison(NamedTuple):
    """A configuration that the definition tries first, next to the best one."""

    label: str
    number: int
    state: str
    metrics: tuple[float | None, ...]  # one for each of HEADLINE
    behind: float | None  # the best value minus this one; None unless complete


class MetricRow(NamedTuple):
    """One kind of metric of the best trial, over the cut-offs."""

    kind: str
    help: str
    values: tuple[float | None, ...]  # one for each of CUTOFFS


class Spent(NamedTuple):
    """What the trials of one state cost. Seconds are None where no trial recorded any."""

    state: str
    trials: int
    epochs: int
    seconds: float | None
    share: float | None  # of all trials' seconds


class Totals(NamedTuple):
    """What the whole study cost. ``wall`` is elapsed time of its sessions, in seconds."""

    seconds: float  # of all trials, side by side ones added up
    epochs: int
    samples: float  # training samples, as far as their rate was recorded
    wall: float
    busy: float | None  # share of the workers' time spent in trials


class Pruning(NamedTuple):
    """How early pruned trials stopped, next to complete ones."""

    trials: int
    median_epochs: float
    median_complete: float | None


def since_best(study: StudyResult) -> int:
    """Finished trials after the best one, none of which passed it."""
    best = study.best
    return sum(best is not None and t.number > best.number for t in study.finished)


def comparisons(study: StudyResult) -> tuple[Comparison, ...]:
    """Each labelled configuration once, in the order tried, whether or not it completed."""
    labels = dict.fromkeys(trial.label for trial in study.trials if trial.label is not None)
    return tuple(_compare(study, label) for label in labels)


def metrics(trial: TrialResult) -> tuple[MetricRow, ...]:
    """Every metric of a trial's best epoch."""
    return tuple(
        MetricRow(
            metric.kind,
            metric.help,
            tuple(trial.metrics.get(f"{metric.kind}@{k}") for k in CUTOFFS),
        )
        for metric in HEADLINE
    )


def headline(trial: TrialResult) -> tuple[float | None, ...]:
    """One value for each of ``HEADLINE``."""
    return tuple(trial.metrics.get(metric.name) for metric in HEADLINE)


def spent(study: StudyResult) -> tuple[Spent, ...]:
    """Cost by state, for the states that occur and have begun."""
    total = totals(study).seconds
    return tuple(
        _spent(study, state, total) for state in STATES if state != "waiting" and study.of(state)
    )


def totals(study: StudyResult) -> Totals:
    """The study's whole cost."""
    trials = _trained(study, *STATES)
    sessions = [s for s in study.sessions if s["busy"] is not None]
    capacity = sum(s["seconds"] * s["workers"] for s in sessions)
    used = sum(s["seconds"] * s["workers"] * s["busy"] for s in sessions)
    return Totals(
        seconds=sum(trial.seconds or 0.0 for trial in trials),
        epochs=sum(trial.epochs for trial in trials),
        samples=sum((t.seconds or 0.0) * (t.samples_per_second or 0.0) for t in trials),
        wall=sum(s["seconds"] for s in study.sessions),
        busy=used / capacity if capacity else None,
    )


class Audited(NamedTuple):
    """A pruned trial and what it would have been."""

    number: int
    pruned_after: int  # epochs
    score: float | None  # at its last epoch before it was pruned
    value: float
    best_epoch: int
    lost: bool  # it would have been among the best
    curve: tuple[float, ...]  # the objective of each epoch


def pruning(study: StudyResult) -> Pruning | None:
    """None where nothing was pruned."""
    pruned = [trial.epochs for trial in _trained(study, "pruned")]
    complete = [trial.epochs for trial in _trained(study, "complete")]
    if not pruned:
        return None
    return Pruning(len(pruned), median(pruned), median(complete) if complete else None)


def audit(study: StudyResult) -> tuple[Audited, ...]:
    """Pruned trials that were trained to their end, the best first."""
    pruned = {trial.number: trial for trial in study.trials}
    lost = {trial.number for trial in study.lost}
    return tuple(
        Audited(
            found.number,
            pruned[found.number].epochs,
            pruned[found.number].score,
            found.value,
            found.best_epoch,
            found.number in lost,
            found.curve,
        )
        for found in sorted(study.audit, key=lambda found: -found.value)
    )


def _trained(study: StudyResult, *states: str) -> tuple[TrialResult, ...]:
    """Trials without those that only repeat the numbers of an earlier one."""
    return tuple(trial for trial in study.of(*states) if trial.duplicate_of is None)


def _spent(study: StudyResult, state: str, total: float) -> Spent:
    trials = _trained(study, state)
    known = [trial.seconds for trial in trials if trial.seconds is not None]
    seconds = sum(known) if known else None
    return Spent(
        state,
        len(study.of(state)),
        sum(trial.epochs for trial in trials),
        seconds,
        seconds / total if seconds is not None and total else None,
    )


def _compare(study: StudyResult, label: str) -> Comparison:
    trial = study.labelled(label) or [t for t in study.trials if t.label == label][-1]
    best = study.best
    behind = None
    if trial.value is not None and best is not None and best.value is not None:
        behind = best.value - trial.value
    return Comparison(label, trial.number, trial.state, headline(trial), behind)
