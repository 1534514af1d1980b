"""What a person is told first: who won, by how much, and what it cost, as plain tuples."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

from neumf.metrics import CUTOFFS, HEADLINE, METRICS
from reports.numbers import score
from studies.results import StudyResult, TrialResult

STATES = ("complete", "pruned", "failed", "interrupted", "running", "waiting")
FINISHED = ("complete", "pruned", "failed")
"""The states that count towards a study's total."""


class Comparison(NamedTuple):
    """A setting that the definition tries first, next to the best one."""

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
    """What the trials of one state cost."""

    state: str
    trials: int
    epochs: int
    seconds: float
    share: float  # of all trials' seconds


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


def finished(study: StudyResult) -> int:
    """Trials that count towards the total."""
    return len(study.of(*FINISHED))


def comparisons(study: StudyResult) -> tuple[Comparison, ...]:
    """Each labelled setting once, in the order tried, whether or not it completed."""
    labels = dict.fromkeys(trial.label for trial in study.trials if trial.label is not None)
    return tuple(_compare(study, label) for label in labels)


def metrics(trial: TrialResult) -> tuple[MetricRow, ...]:
    """Every metric of a trial's best epoch."""
    return tuple(
        MetricRow(
            metric.kind, metric.help, tuple(trial.metrics.get(f"{metric.kind}@{k}") for k in CUTOFFS)
        )
        for metric in HEADLINE
    )


def headline(trial: TrialResult) -> tuple[float | None, ...]:
    """One value for each of ``HEADLINE``."""
    return tuple(trial.metrics.get(metric.name) for metric in HEADLINE)


def spent(study: StudyResult) -> tuple[Spent, ...]:
    """Cost by state, for the states that occur and have begun."""
    rows = {
        state: trials for state in STATES if state != "waiting" and (trials := study.of(state))
    }
    total = totals(study).seconds
    return tuple(
        Spent(
            state,
            len(trials),
            sum(trial.epochs for trial in trials),
            seconds := sum(trial.seconds or 0.0 for trial in trials),
            seconds / total if total else 0.0,
        )
        for state, trials in rows.items()
    )


def totals(study: StudyResult) -> Totals:
    """The study's whole cost."""
    capacity = sum(s["seconds"] * s["workers"] for s in study.sessions)
    used = sum(s["seconds"] * s["workers"] * s["busy"] for s in study.sessions)
    return Totals(
        seconds=sum(trial.seconds or 0.0 for trial in study.trials),
        epochs=sum(trial.epochs for trial in study.trials),
        samples=sum((t.seconds or 0.0) * (t.samples_per_second or 0.0) for t in study.trials),
        wall=sum(s["seconds"] for s in study.sessions),
        busy=used / capacity if capacity else None,
    )


def pruning(study: StudyResult) -> Pruning | None:
    """None where nothing was pruned."""
    pruned = study.of("pruned")
    if not pruned:
        return None
    complete = [trial.epochs for trial in study.of("complete")]
    return Pruning(
        len(pruned),
        median(trial.epochs for trial in pruned),
        median(complete) if complete else None,
    )


def _compare(study: StudyResult, label: str) -> Comparison:
    trial = study.labelled(label) or [t for t in study.trials if t.label == label][-1]
    best, value = study.best, score(trial)
    complete = trial.state == "complete" and best is not None and best.value is not None
    return Comparison(
        label,
        trial.number,
        trial.state,
        headline(trial),
        best.value - value if complete and value is not None else None,
    )
