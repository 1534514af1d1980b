"""Every trial, in a table that sorts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from neumf.declaration import Value
from reports.configurations import searched
from reports.sections.section import Section
from studies.results.study_result import StudyResult


class Row(NamedTuple):
    """One trial; ``params`` has a value for each searched hyperparameter."""

    number: int
    state: str
    score: float | None
    best_epoch: int | None
    epochs: int
    seconds: float | None
    params: tuple[Value | None, ...]
    label: str | None
    reason: str | None
    duplicate_of: int | None


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    objective: str
    best: int | None
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def section(study: StudyResult) -> Section:
    best = study.best.number if study.best else None
    content = Content(study.objective, best, searched(study), rows(study))
    return Section("trials", "Trials", "Trials", content)


def rows(study: StudyResult) -> tuple[Row, ...]:
    """By number."""
    names = searched(study)
    return tuple(
        Row(
            trial.number,
            trial.state,
            trial.score,
            trial.best_epoch,
            trial.epochs,
            trial.seconds,
            tuple(trial.params.get(name) for name in names),
            trial.label,
            trial.reason,
            trial.duplicate_of,
        )
        for trial in study.trials
    )
