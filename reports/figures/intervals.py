"""Means with their intervals, one row a model, as in a forest plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from reports import text
from reports.figures.style import blank, plain
from studies.results.intervals import Estimate

ROW = 2.1
"""Height of a row, in rem."""


class Series(NamedTuple):
    """One kind of estimate: an entry for each row that has one, None for one that has none."""

    name: str
    estimates: Sequence[Estimate | None]
    marker: dict[str, Any]
    offset: float = 0.0  # from the middle of its row; rows are 1 apart


def draw_intervals(rows: Sequence[str], series: Sequence[Series], metric: str) -> go.Figure | None:
    """Names down the left, the first row on top; the axis is as wide as what is drawn, because a
    mean has no meaning by its distance from 0 here."""
    if not any(one is not None for each in series for one in each.estimates):
        return None
    figure = blank()
    for each in series:
        points = [
            (place + each.offset, name, one)
            for place, (name, one) in enumerate(zip(rows, each.estimates, strict=True))
            if one is not None
        ]
        figure.add_scatter(
            x=[one.mean for _, _, one in points],
            y=[y for y, _, _ in points],
            name=each.name,
            mode="markers",
            marker=each.marker,
            error_x=_bars(points, each.marker),
            hovertext=[
                f"<b>{plain(name)}</b><br>{plain(each.name)}: {metric} {text.estimate(one)}"
                for _, name, one in points
            ],
            hoverinfo="text",
        )
    figure.update_xaxes(title_text=f"{metric}, higher is better")
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[f"{plain(short(name))} " for name in rows],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
    )
    return figure.update_layout(legend_traceorder="normal")


def short(name: str, longest: int = 22) -> str:
    """A row's name in as much room as a figure on a telephone has."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def _bars(points: Sequence[tuple[float, str, Estimate]], marker: dict[str, Any]) -> dict[str, Any]:
    """An interval that is infinite, of one user, is not drawn."""
    found = [one for _, _, one in points]
    return {
        "type": "data",
        "symmetric": False,
        "array": [one.high - one.mean if math.isfinite(one.high) else 0.0 for one in found],
        "arrayminus": [one.mean - one.low if math.isfinite(one.low) else 0.0 for one in found],
        "color": marker["color"] if isinstance(marker["color"], str) else None,
        "thickness": 2,
        "width": 0,
    }
