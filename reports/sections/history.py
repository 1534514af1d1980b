"""The score of each trial, and the best so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import plotly.graph_objects as go

from reports import text
from reports.configurations import one_line
from reports.figures.axes import counting
from reports.figures.kinds import kind, who
from reports.figures.marks import Mark, draw_marks
from reports.figures.plot import Plot, plot
from reports.figures.style import ORANGE, plain, scored
from reports.sections.section import Section
from studies.results.study_result import StudyResult, TrialResult


class HistoryPoint(NamedTuple):
    """One trial that has a score, and who led the study once it was in."""

    number: int
    state: str
    score: float
    best: float | None  # the highest value of the complete trials up to this one
    leader: int | None  # the trial that reached it first
    label: str | None


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    best: TrialResult | None
    since_best: int
    plot: Plot


def section(study: StudyResult) -> Section:
    configurations = {trial.number: one_line(trial) for trial in study.trials}
    figure = draw(points(study), study.objective, configurations)
    label = f"{study.objective} of each trial and the best so far"
    content = Content(study.best, since_best(study), plot("history-plot", label, figure))
    return Section("history", "History", "History", content)


def points(study: StudyResult) -> tuple[HistoryPoint, ...]:
    """Complete and pruned trials in order. A tie does not change the leader."""
    found: list[HistoryPoint] = []
    best: float | None = None
    leader: int | None = None
    for trial in study.of("complete", "pruned"):
        score = trial.score
        if score is None:
            continue
        if trial.state == "complete" and (best is None or score > best):
            best, leader = score, trial.number
        found.append(HistoryPoint(trial.number, trial.state, score, best, leader, trial.label))
    return tuple(found)


def since_best(study: StudyResult) -> int:
    """Finished trials after the best one, none of which passed it."""
    best = study.best
    return sum(best is not None and trial.number > best.number for trial in study.finished)


def draw(
    found: Sequence[HistoryPoint], metric: str, configurations: Mapping[int, str]
) -> go.Figure | None:
    """``configurations`` says by number what a trial tried."""
    if not found:
        return None
    figure = scored(metric).update_xaxes(
        title_text="trial", **counting(found[0].number, found[-1].number)
    )
    led = [point for point in found if point.best is not None]
    figure.add_scatter(
        x=[point.number for point in led],
        y=[point.best for point in led],
        name="best so far",
        mode="lines",
        line={"color": ORANGE, "width": 2, "shape": "hv"},
        hoverinfo="skip",
    )
    return draw_marks(
        figure,
        (
            Mark(
                kind(point.number == found[-1].leader, point.label, point.state),
                point.number,
                point.score,
                f"{who(point.number, point.state, point.label)}"
                f"<br>{metric} {text.score(point.score)}"
                f"<br>{plain(configurations.get(point.number, ''))}",
            )
            for point in found
        ),
    )
