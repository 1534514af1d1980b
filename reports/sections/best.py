"""What the search saw in its best trial, and by how much that beats the starting points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from neumf.metrics import CUTOFFS, HEADLINE
from reports import text
from reports.sections.section import Section
from studies.results.confirmation import confirm
from studies.results.intervals import Estimate
from studies.results.study_result import StudyResult, TrialResult


class Comparison(NamedTuple):
    """A starting point next to the best trial."""

    label: str
    number: int
    state: str
    metrics: tuple[float | None, ...]  # one for each of HEADLINE
    behind: float | None  # the best value minus this one; None unless complete


class MetricRow(NamedTuple):
    """One kind of metric of the best trial, over the cut-offs."""

    kind: str
    values: tuple[float | None, ...]  # one for each of CUTOFFS


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    objective: str
    headline: tuple[str, ...]
    cutoffs: tuple[int, ...]
    finished: int
    confirmed: Estimate | None  # the best trial's mean over fresh seeds, as the search measures
    best: TrialResult | None
    metrics: tuple[MetricRow, ...]
    comparisons: tuple[Comparison, ...]
    beaten: tuple[Comparison, ...]


def section(study: StudyResult) -> Section | None:
    """None where the best trial is not known and no starting point was tried."""
    best, finished, compared = study.best, len(study.finished), comparisons(study)
    if best is None and not compared:
        return None
    if best is None:
        heading = "No trial is complete"
    elif finished == 1:
        heading = "The only trial, as the search saw it"
    else:
        heading = f"The best of {text.thousands(finished)} trials, as the search saw it"
    confirmation = confirm(study)
    entry = confirmation.of(best.number) if confirmation and best else None
    content = Content(
        objective=study.objective,
        headline=tuple(metric.name for metric in HEADLINE),
        cutoffs=CUTOFFS,
        finished=finished,
        confirmed=None if entry is None else entry.sampled or entry.mean,
        best=best,
        metrics=metrics(best) if best else (),
        comparisons=compared,
        beaten=tuple(row for row in compared if row.behind is not None and row.behind > 0),
    )
    return Section("best", "Best trial", heading, content)


def comparisons(study: StudyResult) -> tuple[Comparison, ...]:
    """Each starting point once, in the order tried, whether or not it completed."""
    labels = dict.fromkeys(trial.label for trial in study.trials if trial.label is not None)
    return tuple(_compare(study, label) for label in labels)


def metrics(trial: TrialResult) -> tuple[MetricRow, ...]:
    """Every metric of a trial's best epoch."""
    return tuple(
        MetricRow(kind, tuple(trial.metrics.get(f"{kind}@{k}") for k in CUTOFFS))
        for kind in (metric.kind for metric in HEADLINE)
    )


def _compare(study: StudyResult, label: str) -> Comparison:
    trial = study.labelled(label) or [t for t in study.trials if t.label == label][-1]
    best = study.best
    behind = None
    if trial.value is not None and best is not None and best.value is not None:
        behind = best.value - trial.value
    headline = tuple(trial.metrics.get(metric.name) for metric in HEADLINE)
    return Comparison(label, trial.number, trial.state, headline, behind)
