"""Learning curves as lines: one trace for each kind, with gaps between trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from reports import text


class Run(NamedTuple):
    """A piece of a learning curve."""

    who: str
    epochs: Sequence[int]
    values: Sequence[float]
    number: int | None = None  # of its trial, by which the page's script finds it


def draw_lines(
    figure: go.Figure, kind: str, runs: Sequence[Run], metric: str, **style: Any
) -> None:
    """Add all runs of one kind to ``figure``. Its ``meta`` tells where each run is in it."""
    xs: list[int | None] = []
    ys: list[float | None] = []
    texts: list[str | None] = []
    places = {}
    for run in runs:
        if run.number is not None:
            places[run.number] = [len(xs), len(xs) + len(run.epochs)]
        xs += [*run.epochs, None]
        ys += [*run.values, None]
        texts += [
            f"{run.who}<br>epoch {epoch}: {metric} {text.score(value)}"
            for epoch, value in zip(run.epochs, run.values, strict=True)
        ]
        texts.append(None)
    figure.add_scatter(
        x=xs,
        y=ys,
        name=kind,
        legendgroup=kind,
        meta=places or None,
        mode="lines",
        hovertext=texts,
        hoverinfo="text",
        **style,
    )


def draw_points(
    figure: go.Figure,
    kind: str,
    points: Sequence[tuple[int, float]],
    marker: dict[str, Any],
    opacity: float = 1.0,
) -> None:
    """Add the ends or peaks of the curves of one kind to ``figure``."""
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        legendgroup=kind,
        showlegend=False,
        mode="markers",
        marker=marker,
        opacity=opacity,
        hoverinfo="skip",
    )
