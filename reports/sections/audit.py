"""What pruning cost: pruned trials that were trained again, to their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import plotly.graph_objects as go

from reports.figures.axes import counting
from reports.figures.lines import Run, draw_lines, draw_points
from reports.figures.plot import Plot, plot
from reports.figures.style import BLUE, GREY, ORANGE, scored
from reports.sections.section import Section
from studies.results.study_result import TOP, StudyResult


class Audited(NamedTuple):
    """A pruned trial and what it would have been."""

    number: int
    pruned_after: int  # epochs
    score: float | None  # when it was pruned
    value: float
    best_epoch: int
    lost: bool  # it would have been among the best
    curve: tuple[float, ...]  # the objective of each epoch


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    objective: str
    audited: tuple[Audited, ...]
    lost: int
    top: int  # how many of the best an audited trial is held against
    plot: Plot


def section(study: StudyResult) -> Section | None:
    found = audited(study)
    if not found:
        return None
    label = f"{study.objective} by epoch of the audited trials, before and after they were pruned"
    figure = plot("audit-plot", label, draw(found, study.objective, study.bar))
    content = Content(study.objective, found, len(study.lost), TOP, figure)
    return Section("audit", "Pruning", "What pruning cost", content)


def audited(study: StudyResult) -> tuple[Audited, ...]:
    """The best first."""
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


def draw(found: Sequence[Audited], metric: str, bar: float) -> go.Figure | None:
    """Curves, thin up to where they were pruned. Above ``bar``, they would have been among the
    best."""
    found = [trial for trial in found if trial.curve]
    if not found:
        return None
    longest = max(len(trial.curve) for trial in found)
    figure = scored(metric).update_xaxes(title_text="epoch", **counting(1, longest))
    if bar:
        figure.add_hline(y=bar, line={"color": GREY, "width": 1, "dash": "dash"})
    for name, lost in (("rightly pruned", False), ("lost to the search", True)):
        group = [trial for trial in found if trial.lost == lost]
        if group:
            _draw_group(figure, name, group, metric)
    return figure


def _draw_group(figure: go.Figure, name: str, group: Sequence[Audited], metric: str) -> None:
    """What the search saw, what it did not see, and where the one ended and the other peaked."""
    seen, unseen, verdicts, peaks = [], [], [], []
    for trial in group:
        who, epochs = f"<b>trial {trial.number}</b>", range(1, len(trial.curve) + 1)
        last = min(trial.pruned_after, len(trial.curve))  # it may not have repeated
        seen.append(Run(who, epochs[:last], trial.curve[:last]))
        unseen.append(Run(who, epochs[last - 1 :], trial.curve[last - 1 :]))
        verdicts.append((last, trial.curve[last - 1]))
        peaks.append((trial.best_epoch, trial.value))
    color, dash = (ORANGE, "solid") if group[0].lost else (BLUE, "dot")
    line = {"color": color, "dash": dash}
    draw_lines(figure, name, seen, metric, line={**line, "width": 0.7}, showlegend=False)
    draw_lines(figure, name, unseen, metric, line={**line, "width": 2})
    cross = {"symbol": "x-thin-open", "color": color, "size": 7, "line": {"width": 1.5}}
    draw_points(figure, name, verdicts, cross)
    draw_points(figure, name, peaks, {"symbol": "circle", "color": color, "size": 7})
