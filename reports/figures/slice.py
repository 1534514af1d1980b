"""One quantity of the trials against the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from neumf.declaration import Value
from reports import text
from reports.figures.axes import axis
from reports.figures.kinds import kind, who
from reports.figures.marks import Mark, draw_marks
from reports.figures.style import GREY, plain, scored
from studies.results.trend import Step


class SlicePoint(NamedTuple):
    """One trial in a slice."""

    number: int
    x: Value
    score: float
    state: str
    label: str | None


class Slice(NamedTuple):
    """The trials' scores by ``name``; ``scale`` is ``linear``, ``log`` or ``category``."""

    name: str
    scale: str
    points: tuple[SlicePoint, ...]


def draw_slice(
    found: Slice, metric: str, best: int | None, trend: Sequence[Step] = ()
) -> go.Figure | None:
    """A mark for each trial, and a line along ``trend``. ``best`` is a trial's number."""
    if not found.points:
        return None
    x_axis = axis(found.name, found.scale, [point.x for point in found.points])
    figure = scored(metric).update_layout(showlegend=False).update_xaxes(**x_axis.layout)
    figure = draw_marks(
        figure,
        (
            Mark(
                kind(point.number == best, point.label, point.state),
                x_axis.places[point.x],
                point.score,
                f"{who(point.number, point.state, point.label)}"
                f"<br>{metric} {text.score(point.score)}"
                f"<br>{plain(found.name)} {plain(text.short(point.x))}",
            )
            for point in found.points
        ),
    )
    if not trend:
        return figure
    style: dict[str, Any] = {"mode": "lines", "line": {"color": GREY, "width": 3}}
    if found.scale == "category":  # nothing lies between two choices
        dash = {"symbol": "line-ew-open", "color": GREY, "size": 26, "line": {"width": 3}}
        style = {"mode": "markers", "marker": dash}
    return figure.add_scatter(
        x=[x_axis.places.get(step.x, step.x) for step in trend],
        y=[step.score for step in trend],
        name="trend",
        **style,
        hovertext=[f"median of {step.trials} trials: {text.score(step.score)}" for step in trend],
        hoverinfo="text",
    )
