"""The way to the best score by the time that was spent on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

import plotly.graph_objects as go

from neumf.durations import format_duration
from reports import text
from reports.figures.kinds import who
from reports.figures.style import ORANGE, scored
from studies.results.study_result import StudyResult, TrialResult, is_better

_UNITS = (("hours", 3600), ("minutes", 60))


class Lead(NamedTuple):
    """A trial that took the lead, or the end of the search."""

    seconds: float  # of searching until then
    best: float
    trial: TrialResult


def path(study: StudyResult) -> tuple[Lead, ...]:
    """Those that took the lead, by the time they ended, and last the leader at the end. Time
    between sessions does not count."""
    found: list[Lead] = []
    spent = 0.0
    timed = [t for t in study.of("complete", "pruned") if t.started and t.finished]
    sessions = sorted(timed, key=lambda trial: trial.session or 0)
    for _, group in groupby(sessions, key=lambda trial: trial.session or 0):
        trials = sorted(group, key=_finished)
        began = min(trial.started for trial in trials if trial.started is not None)
        for trial in trials:
            leader = (found[-1].best, found[-1].trial.number) if found else None
            if trial.value is not None and is_better(trial.value, trial.number, leader):
                seconds = spent + (_finished(trial) - began).total_seconds()
                found.append(Lead(seconds, trial.value, trial))
        spent += (_finished(trials[-1]) - began).total_seconds()
    return (*found, found[-1]._replace(seconds=spent)) if found else ()


def draw_path(found: Sequence[Lead], metric: str) -> go.Figure | None:
    """A step for each trial that took the lead."""
    if not found:
        return None
    unit, size = next((u for u in _UNITS if 3 * u[1] <= found[-1].seconds), ("seconds", 1))
    return (
        scored(metric)
        .update_yaxes(rangemode="normal")
        .update_xaxes(title_text=f"{unit} of searching", rangemode="tozero")
        .update_layout(showlegend=False)
        .add_scatter(
            x=[lead.seconds / size for lead in found],
            y=[lead.best for lead in found],
            mode="lines+markers",
            line={"color": ORANGE, "width": 2, "shape": "hv"},
            hovertext=[
                f"{who(lead.trial.number, lead.trial.state, lead.trial.label)}"
                f"<br>{metric} {text.score(lead.best)} after {format_duration(lead.seconds)}"
                for lead in found
            ],
            hoverinfo="text",
        )
    )


def _finished(trial: TrialResult) -> datetime:
    assert trial.finished is not None
    return trial.finished
