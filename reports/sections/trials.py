"""Every trial, in a table that sorts and filters, with what it takes to go on from one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from neumf.declaration import Value
from reports import toml
from reports.commands import ANY, replay
from reports.configurations import searched
from reports.sections.section import Section
from reports.spreadsheet import as_link
from reports.states import STATES
from studies.results.study_result import StudyResult, TrialResult
from studies.storage.names import file_name

WIDE, HIGH = 64, 18
"""Size of a learning curve in its row, in pixels."""

POINTS = 32
"""The most that are drawn of it."""


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
    curve: str = ""  # points of its learning curve; empty if it has none
    toml: str = ""
    can_replay: bool = False


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    objective: str
    best: int | None
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    states: tuple[str, ...]  # that occur
    replay: str  # command line, with a place for a trial's number
    replay_any: str  # the same for people
    place: str
    csv: str
    csv_name: str
    wide: int
    high: int


def section(study: StudyResult, storage: str | None) -> Section:
    best = study.best.number if study.best else None
    line = replay(study, storage).line
    content = Content(
        study.objective,
        best,
        searched(study),
        rows(study),
        tuple(state for state in STATES if study.counts[state]),
        line,
        line.replace(ANY, "N"),
        ANY,
        as_link(study) if study.trials else "",
        f"{file_name(study.name)}.csv",
        WIDE,
        HIGH,
    )
    return Section("trials", "Trials", "Every trial", content)


def rows(study: StudyResult) -> tuple[Row, ...]:
    """By number."""
    names = searched(study)
    longest = max((trial.curve[-1][0] for trial in study.trials if trial.curve), default=1)
    seen = [v for trial in study.trials for _, v in trial.curve if not math.isnan(v)]
    scale = min(seen, default=0.0), max(seen, default=0.0)
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
            _points(trial, longest, scale),
            _toml(trial),
            can_replay=bool(trial.curve) and trial.state != "running",
        )
        for trial in study.trials
    )


def _toml(trial: TrialResult) -> str:
    name = trial.label or f"trial {trial.number}"
    return toml.starting_point(name, trial.params) if trial.params else ""


def _points(trial: TrialResult, longest: int, scale: tuple[float, float]) -> str:
    """On the same scale as all others, so that rows compare."""
    low, high = scale
    curve = [(epoch, value) for epoch, value in trial.curve if not math.isnan(value)]
    if not curve:
        return ""
    step = -(-len(curve) // POINTS)
    kept = [*curve[:-1:step], curve[-1]]
    return " ".join(
        f"{1 + (WIDE - 2) * epoch / longest:.0f},"
        f"{HIGH - 1 - (HIGH - 2) * (value - low) / (high - low or 1.0):.1f}"
        for epoch, value in kept
    )
