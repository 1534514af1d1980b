"""Drawing: the tuples of :mod:`reports.numbers` as Plotly figures, None where there is nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from neumf.evaluation.metrics import Metric
from neumf.hyperparameters import Value
from reports import text
from reports.axes import axis, counting
from reports.numbers import Curve, HistoryPoint, Importance, Slice
from reports.overview import Audited
from reports.style import BLUE, GREY, LINES, MARKS, ORANGE, blank, plain, scored

NEXT_BEST = 5
"""Learning curves up to this rank stand out from the others."""

FEWEST_BARS = 5
"""Room is left for so many bars, so that one alone is no wall."""

CROWD = 300
"""Marks beyond this many are drawn smaller."""


def history(
    points: Sequence[HistoryPoint], metric: Metric, configurations: Mapping[int, str]
) -> go.Figure | None:
    """Score by trial and the best so far; ``configurations`` says by number what a trial tried."""
    if not points:
        return None
    figure = scored(metric).update_xaxes(
        title_text="trial", **counting(points[0].number, points[-1].number)
    )
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
                f"<br>{metric.name} {text.score(point.value)}"
                f"<br>{plain(configurations.get(point.number, ''))}",
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
    longest = max(curve.epochs[-1] for curve in found)
    figure = scored(metric).update_xaxes(title_text="epoch", **counting(1, longest))
    faint = min(0.8, max(0.3, 50 / len(found)))
    for kind in LINES:
        group = [curve for curve in found if _curve_kind(curve) == kind]
        if group:
            opacity = faint if kind in ("pruned", "complete") else 1.0
            _draw_curves(figure, kind, group, metric, opacity)
    return figure


def audit(found: Sequence[Audited], metric: Metric, bar: float) -> go.Figure | None:
    """Audited trials' curves, thin up to where they were pruned. Above ``bar``, they would have
    been among the best."""
    found = [trial for trial in found if trial.curve]
    if not found:
        return None
    figure = scored(metric).update_xaxes(
        title_text="epoch", **counting(1, max(len(trial.curve) for trial in found))
    )
    if bar:
        figure.add_hline(y=bar, line={"color": GREY, "width": 1, "dash": "dash"})
    for kind, lost in (("pruned rightly", False), ("lost to the search", True)):
        group = [trial for trial in found if trial.lost == lost]
        if group:
            _draw_audited(figure, kind, group, metric)
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
        text=[text.share(importance.share) for importance in found],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    rows = max(len(found), FEWEST_BARS)
    figure.update_yaxes(range=[rows - 0.5, -0.5], showgrid=False, ticksuffix=" ")
    return figure.update_xaxes(visible=False, range=[0, max(i.share for i in found) * 1.12])


def score_by(found: Slice, metric: Metric, best: int | None) -> go.Figure | None:
    """One hyperparameter against the score. ``best`` is a trial's number."""
    if not found.points:
        return None
    x_axis = axis(found)
    figure = scored(metric).update_layout(showlegend=False).update_xaxes(**x_axis.layout)
    return _mark(
        figure,
        (
            _Mark(
                _kind(point.number == best, point.label, point.state),
                x_axis.places[point.x],
                point.score,
                f"{_who(point.number, point.state, point.label)}"
                f"<br>{metric.name} {text.score(point.score)}"
                f"<br>{plain(found.name)} {plain(text.short(point.x))}",
            )
            for point in found.points
        ),
    )


class _Mark(NamedTuple):
    kind: str  # a key of MARKS
    x: Value
    y: float
    hover: str


def _mark(figure: go.Figure, marks: Iterable[_Mark]) -> go.Figure:
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


class _Run(NamedTuple):
    """A piece of a learning curve."""

    who: str
    epochs: Sequence[int]
    values: Sequence[float]


def _lines(
    figure: go.Figure, kind: str, runs: Sequence[_Run], metric: Metric, **style: Any
) -> None:
    """All of one kind as a single trace with gaps."""
    xs: list[int | None] = []
    ys: list[float | None] = []
    texts: list[str | None] = []
    for run in runs:
        xs += [*run.epochs, None]
        ys += [*run.values, None]
        texts += [
            f"{run.who}<br>epoch {epoch}: {metric.name} {text.score(value)}"
            for epoch, value in zip(run.epochs, run.values, strict=True)
        ]
        texts.append(None)
    figure.add_scatter(
        x=xs,
        y=ys,
        name=kind,
        legendgroup=kind,
        mode="lines",
        hovertext=texts,
        hoverinfo="text",
        **style,
    )


def _points(
    figure: go.Figure,
    kind: str,
    points: Sequence[tuple[int, float]],
    marker: dict[str, Any],
    opacity: float,
) -> None:
    """Ends or peaks of the curves of one kind."""
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


def _draw_curves(
    figure: go.Figure,
    kind: str,
    group: Sequence[Curve],
    metric: Metric,
    opacity: float,
) -> None:
    """The curves of one kind, and their ends or peaks."""
    runs = [_Run(_who(c.number, c.state, c.label), c.epochs, c.values) for c in group]
    _lines(figure, kind, runs, metric, line=LINES[kind], opacity=opacity)
    points = [point for curve in group if (point := _turning_point(curve))]
    peaks = group[0].state == "complete"
    marker = {
        "symbol": "circle" if peaks else "x-thin-open",
        "color": LINES[kind]["color"],
        "size": 9 if kind == "best" else 6,
        "line": {"width": 0 if peaks else 1.5},
    }
    _points(figure, kind, points, marker, max(opacity, 0.6))


def _draw_audited(figure: go.Figure, kind: str, group: Sequence[Audited], metric: Metric) -> None:
    """What the search saw, what it did not see, and where the one ended and the other peaked."""
    seen, unseen, verdicts, peaks = [], [], [], []
    for trial in group:
        who, epochs = f"<b>trial {trial.number}</b>", range(1, len(trial.curve) + 1)
        last = min(trial.pruned_after, len(trial.curve))  # it may not have repeated
        seen.append(_Run(who, epochs[:last], trial.curve[:last]))
        unseen.append(_Run(who, epochs[last - 1 :], trial.curve[last - 1 :]))
        verdicts.append((last, trial.curve[last - 1]))
        peaks.append((trial.best_epoch, trial.value))
    color, dash = (ORANGE, "solid") if group[0].lost else (BLUE, "dot")
    line = {"color": color, "dash": dash}
    _lines(figure, kind, seen, metric, line={**line, "width": 0.7}, showlegend=False)
    _lines(figure, kind, unseen, metric, line={**line, "width": 2})
    cross = {"symbol": "x-thin-open", "color": color, "size": 7, "line": {"width": 1.5}}
    _points(figure, kind, verdicts, cross, 1.0)
    _points(figure, kind, peaks, {"symbol": "circle", "color": color, "size": 7}, 1.0)


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
        return "unfinished"
    kind = _kind(curve.rank == 1, curve.label, curve.state)
    return "next best" if kind == "complete" and (curve.rank or 0) <= NEXT_BEST else kind


def _who(number: int, state: str, label: str | None) -> str:
    named = f", {plain(label)}" if label is not None else ""
    return f"<b>trial {number}</b> {state}{named}"
