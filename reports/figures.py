"""Drawing: the tuples of :mod:`reports.numbers` as Plotly figures; None where nothing is to draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from neumf.hyperparameters import Value
from neumf.metrics import Metric
from reports import format
from reports.axes import Axis
from reports.numbers import Curve, HistoryPoint, Importance, Slice
from reports.style import BLUE, LINES, MARKS, ORANGE, blank, plain, scored

NEXT_BEST = 5
"""Learning curves up to this rank stand out from the others."""


def history(
    points: Sequence[HistoryPoint], metric: Metric, settings: Mapping[int, str]
) -> go.Figure | None:
    """Score by trial and the best so far; ``settings`` says by number what a trial tried."""
    if not points:
        return None
    figure = scored(metric).update_xaxes(title_text="trial")
    led = [point for point in points if point.best is not None]
    figure.add_scatter(
        x=[point.number for point in led],
        y=[point.best for point in led],
        name="best so far",
        mode="lines",
        line={"color": ORANGE, "width": 2, "shape": "hv"},
        hoverinfo="skip",
    )
    return _mark(
        figure,
        (
            _Mark(
                _kind(point.number == points[-1].leader, point.label, point.state),
                point.number,
                point.value,
                f"{_who(point.number, point.state, point.label)}"
                f"<br>{metric.name} {format.score(point.value)}"
                f"<br>{plain(settings.get(point.number, ''))}",
            )
            for point in points
        ),
    )


def curves(found: Sequence[Curve], metric: Metric) -> go.Figure | None:
    """Score by epoch, a faint line a trial; the best few and the labelled ones stand out.

    A cross ends a pruned curve, a dot is the best epoch of a complete one.
    """
    if not found:
        return None
    figure = scored(metric).update_xaxes(title_text="epoch")
    faint = min(0.8, max(0.25, 40 / len(found)))
    for kind, line in LINES.items():
        group = [curve for curve in found if _curve_kind(curve) == kind]
        if group:
            opacity = faint if kind in ("pruned", "complete") else 1.0
            _draw_curves(figure, kind, group, line, metric, opacity)
    return figure


def importances(found: Sequence[Importance]) -> go.Figure | None:
    """A bar a hyperparameter, the most important on top."""
    if not found:
        return None
    figure = blank().update_layout(showlegend=False)
    figure.add_bar(
        x=[importance.share for importance in found],
        y=[plain(importance.name) for importance in found],
        orientation="h",
        marker={"color": BLUE},
        text=[format.share(importance.share) for importance in found],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure.update_yaxes(autorange="reversed", showgrid=False, ticksuffix=" ")
    return figure.update_xaxes(visible=False, range=[0, max(i.share for i in found) * 1.12])


def slice(found: Slice, metric: Metric, best: int | None) -> go.Figure | None:
    """One hyperparameter against the score. ``best`` is a trial's number."""
    if not found.points:
        return None
    axis = Axis(found)
    figure = scored(metric).update_layout(showlegend=False).update_xaxes(**axis.layout)
    return _mark(
        figure,
        (
            _Mark(
                _kind(point.number == best, point.label, point.state),
                axis.place(point.x),
                point.score,
                f"{_who(point.number, point.state, point.label)}"
                f"<br>{metric.name} {format.score(point.score)}"
                f"<br>{plain(found.name)} {plain(format.setting(point.x))}",
            )
            for point in found.points
        ),
    )


class _Mark(NamedTuple):
    kind: str  # a key of MARKS
    x: Value
    y: float
    text: str


def _mark(figure: go.Figure, marks: Iterable[_Mark]) -> go.Figure:
    marks = tuple(marks)
    for kind, style in MARKS.items():
        group = [mark for mark in marks if mark.kind == kind]
        if group:
            figure.add_scatter(
                x=[mark.x for mark in group],
                y=[mark.y for mark in group],
                name=kind,
                mode="markers",
                marker=style,
                hovertext=[mark.text for mark in group],
                hoverinfo="text",
            )
    return figure


def _draw_curves(
    figure: go.Figure,
    kind: str,
    group: Sequence[Curve],
    line: Mapping[str, object],
    metric: Metric,
    opacity: float,
) -> None:
    """All curves of one kind as a single trace with gaps, and their ends or peaks as another."""
    xs: list[int | None] = []
    ys: list[float | None] = []
    texts: list[str | None] = []
    for curve in group:
        who = _who(curve.number, curve.state, curve.label)
        xs += [*curve.epochs, None]
        ys += [*curve.values, None]
        texts += [
            f"{who}<br>epoch {epoch}: {metric.name} {format.score(value)}"
            for epoch, value in zip(curve.epochs, curve.values, strict=True)
        ]
        texts.append(None)
    figure.add_scatter(
        x=xs,
        y=ys,
        name=kind,
        legendgroup=kind,
        mode="lines",
        line=line,
        opacity=opacity,
        hovertext=texts,
        hoverinfo="text",
    )
    points = [point for curve in group if (point := _turning_point(curve))]
    peaks = group[0].state == "complete"
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        legendgroup=kind,
        showlegend=False,
        mode="markers",
        marker={
            "symbol": "circle" if peaks else "x-thin-open",
            "color": line["color"],
            "size": 9 if kind == "best" else 6,
            "line": {"width": 0 if peaks else 1.5},
        },
        opacity=max(opacity, 0.6),
        hoverinfo="skip",
    )


def _turning_point(curve: Curve) -> tuple[int, float] | None:
    """Where a complete trial peaked, or where another one stopped."""
    by_epoch = dict(zip(curve.epochs, curve.values, strict=True))
    epoch = curve.best_epoch if curve.state == "complete" else curve.epochs[-1]
    return (epoch, by_epoch[epoch]) if epoch in by_epoch else None


def _kind(best: bool, label: str | None, state: str) -> str:
    if best:
        return "best"
    return "tried first" if label is not None and state == "complete" else state


def _curve_kind(curve: Curve) -> str:
    if curve.state not in ("complete", "pruned"):
        return "failed or unfinished"
    kind = _kind(curve.rank == 1, curve.label, curve.state)
    return "next best" if kind == "complete" and (curve.rank or 0) <= NEXT_BEST else kind


def _who(number: int, state: str, label: str | None) -> str:
    named = f", {plain(label)}" if label is not None else ""
    return f"<b>trial {number}</b> {state}{named}"
