"""Learning curves, and how early pruned ones were stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

import plotly.graph_objects as go

from reports.figures.axes import counting
from reports.figures.kinds import LINES, kind, who
from reports.figures.lines import Run, draw_lines, draw_points
from reports.figures.plot import Plot, plot
from reports.figures.style import scored
from reports.sections.section import Section
from studies.results.study_result import StudyResult

NEXT_BEST = 5
"""Learning curves up to this rank stand out from the others."""


class Curve(NamedTuple):
    """One trial's learning curve."""

    number: int
    state: str
    epochs: tuple[int, ...]
    values: tuple[float, ...]
    best_epoch: int | None
    rank: int | None  # among complete trials, 1 is the best; None for the others
    label: str | None


class Pruning(NamedTuple):
    """How early pruned trials stopped, next to complete ones."""

    trials: int
    median_epochs: float
    median_complete: float | None


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    pruning: Pruning | None
    plot: Plot


def section(study: StudyResult) -> Section:
    label = f"{study.objective} by epoch, one line a trial"
    figure = plot("curves-plot", label, draw(curves(study), study.objective))
    return Section("curves", "Curves", "Learning curves", Content(pruning(study), figure))


def curves(study: StudyResult) -> tuple[Curve, ...]:
    """The learning curve of every trial that reported an epoch, repeated ones once."""
    ranks = {trial.number: rank for rank, trial in enumerate(study.ranking, 1)}
    return tuple(
        Curve(
            trial.number,
            trial.state,
            tuple(epoch for epoch, _ in trial.curve),
            tuple(value for _, value in trial.curve),
            trial.best_epoch,
            ranks.get(trial.number),
            trial.label,
        )
        for trial in study.trials
        if trial.curve and trial.duplicate_of is None
    )


def pruning(study: StudyResult) -> Pruning | None:
    """None where nothing was pruned."""
    pruned, complete = (
        [trial.epochs for trial in study.of(state) if trial.duplicate_of is None]
        for state in ("pruned", "complete")
    )
    if not pruned:
        return None
    return Pruning(len(pruned), median(pruned), median(complete) if complete else None)


def draw(found: Sequence[Curve], metric: str) -> go.Figure | None:
    """A faint line for each trial; the best few and the starting points stand out.

    A cross ends a pruned curve, a dot is the best epoch of a complete one.
    """
    if not found:
        return None
    longest = max(curve.epochs[-1] for curve in found)
    figure = scored(metric).update_xaxes(title_text="epoch", **counting(1, longest))
    faint = min(0.8, max(0.3, 50 / len(found)))
    for name in LINES:
        group = [curve for curve in found if _kind(curve) == name]
        if group:
            opacity = faint if name in ("pruned", "complete") else 1.0
            _draw_group(figure, name, group, metric, opacity)
    return figure


def _draw_group(
    figure: go.Figure, name: str, group: Sequence[Curve], metric: str, opacity: float
) -> None:
    """The curves of one kind, and their ends or peaks."""
    runs = [Run(who(c.number, c.state, c.label), c.epochs, c.values, c.number) for c in group]
    draw_lines(figure, name, runs, metric, line=LINES[name], opacity=opacity)
    peaks = group[0].state == "complete"
    marker = {
        "symbol": "circle" if peaks else "x-thin-open",
        "color": LINES[name]["color"],
        "size": 9 if name == "best" else 6,
        "line": {"width": 0 if peaks else 1.5},
    }
    points = [point for curve in group if (point := _turning_point(curve))]
    draw_points(figure, name, points, marker, max(opacity, 0.6))


def _turning_point(curve: Curve) -> tuple[int, float] | None:
    """Where a complete trial peaked, or where another one stopped."""
    by_epoch = dict(zip(curve.epochs, curve.values, strict=True))
    epoch = curve.best_epoch if curve.state == "complete" else curve.epochs[-1]
    return (epoch, by_epoch[epoch]) if epoch in by_epoch else None


def _kind(curve: Curve) -> str:
    """A key of ``LINES``."""
    if curve.state not in ("complete", "pruned"):
        return "unfinished"
    found = kind(curve.rank == 1, curve.label, curve.state)
    return "next best" if found == "complete" and (curve.rank or 0) <= NEXT_BEST else found
