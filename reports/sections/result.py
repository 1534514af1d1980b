"""What a person is told first: the best trial, and by how much it beats the starting points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from neumf.declaration import Value
from neumf.metrics import CUTOFFS, HEADLINE
from reports import text
from reports.configurations import help_of, in_order
from reports.sections.section import Section
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
    begun: bool  # there is a trial
    finished: int
    best: TrialResult | None
    metrics: tuple[MetricRow, ...]
    configuration: tuple[tuple[str, str, Value], ...]  # name, help, value
    comparisons: tuple[Comparison, ...]
    beaten: tuple[Comparison, ...]
    mixtures: tuple[str, ...]


def section(study: StudyResult) -> Section:
    best, finished, compared = study.best, len(study.finished), comparisons(study)
    if best is None:
        heading = "No result yet"
    elif finished == 1:
        heading = "The only trial"
    else:
        heading = f"The best of {text.thousands(finished)} trials"
    content = Content(
        objective=study.objective,
        headline=tuple(metric.name for metric in HEADLINE),
        cutoffs=CUTOFFS,
        begun=bool(study.trials),
        finished=finished,
        best=best,
        metrics=metrics(best) if best else (),
        configuration=configuration(best) if best else (),
        comparisons=compared,
        beaten=tuple(row for row in compared if row.behind is not None and row.behind > 0),
        mixtures=study.mixtures,
    )
    return Section("result", "Result", heading, content)


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


def configuration(trial: TrialResult) -> tuple[tuple[str, str, Value], ...]:
    """Every hyperparameter's name, help and value; the searched ones of an older trial."""
    values = trial.configuration or trial.params
    return tuple((name, help_of(name), values[name]) for name in in_order(values))


def _compare(study: StudyResult, label: str) -> Comparison:
    trial = study.labelled(label) or [t for t in study.trials if t.label == label][-1]
    best = study.best
    behind = None
    if trial.value is not None and best is not None and best.value is not None:
        behind = best.value - trial.value
    headline = tuple(trial.metrics.get(metric.name) for metric in HEADLINE)
    return Comparison(label, trial.number, trial.state, headline, behind)
