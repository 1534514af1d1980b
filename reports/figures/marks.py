"""Trials as marks: one trace for each kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import plotly.graph_objects as go

from neumf.declaration import Value
from reports.figures.kinds import MARKS

CROWD = 300
"""More marks than this are drawn smaller."""


class Mark(NamedTuple):
    """One trial: where it stands, and what is said where a person points at it."""

    kind: str  # a key of MARKS
    x: Value
    y: float
    hover: str


def draw_marks(figure: go.Figure, marks: Iterable[Mark]) -> go.Figure:
    """Add ``marks`` to ``figure``."""
    marks = tuple(marks)
    crowded = 0.65 if len(marks) > CROWD else 1.0
    for kind, style in MARKS.items():
        group = [mark for mark in marks if mark.kind == kind]
        if group:
            figure.add_scatter(
                x=[mark.x for mark in group],
                y=[mark.y for mark in group],
                name=kind,
                mode="markers",
                marker=style | {"size": style["size"] * crowded},
                hovertext=[mark.hover for mark in group],
                hoverinfo="text",
            )
    return figure
