"""One quantity of the trials against the score."""

from __future__ import annotations

from typing import NamedTuple

import plotly.graph_objects as go

from neumf.declaration import Value
from reports import text
from reports.figures.axes import axis
from reports.figures.kinds import kind, who
from reports.figures.marks import Mark, draw_marks
from reports.figures.style import plain, scored


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


def draw_slice(found: Slice, metric: str, best: int | None) -> go.Figure | None:
    """A mark for each trial. ``best`` is a trial's number."""
    if not found.points:
        return None
    x_axis = axis(found.name, found.scale, [point.x for point in found.points])
    figure = scored(metric).update_layout(showlegend=False).update_xaxes(**x_axis.layout)
    return draw_marks(
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
