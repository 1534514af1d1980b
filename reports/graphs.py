"""Figures for Optuna's dashboard, which shows them among its own and keeps them with the study.

So they are few and small, each has a title, and all are readable on its light and its dark cards.
"""

from __future__ import annotations

import math
from itertools import accumulate

import plotly.graph_objects as go

from reports.figures.path import draw_path, path
from reports.figures.style import INK, RULE, plain
from reports.sections import answer, curves
from studies.results.confirmation import confirm
from studies.results.standings import standings
from studies.results.study_result import StudyResult

MOST_POINTS = 2000
"""Epochs drawn in learning curves: some 200 kB, so that a study of any length stays small."""


def graphs(study: StudyResult) -> dict[str, go.Figure]:
    """Those that there is something to draw for, by the names that they are kept under. A title
    says how far the study was, because the dashboard shows a figure until the next one is drawn."""
    metric, trials = study.objective, len(study.finished)
    after = f"{trials:,} trial{'s' if trials != 1 else ''}"
    found = standings(study, confirm(study))
    where = "test" if found is not None and found.on_test else "validation"
    drawn = {
        "neumf-answer": (
            f"On {where}: means over fresh seeds",
            None if found is None else answer.draw(found, metric),
        ),
        "neumf-path": (f"Best so far, after {after}", draw_path(path(study), metric)),
        "neumf-curves": (
            f"Curves of the best of {after}",
            curves.draw(_foremost(study), metric),
        ),
    }
    return {
        name: _alone(figure, title) for name, (title, figure) in drawn.items() if figure is not None
    }


def _foremost(study: StudyResult) -> list[curves.Curve]:
    """The best few and the starting points: the dashboard draws all of them by itself."""
    ranked = sorted(curves.curves(study), key=_rank)
    found = [c for c in ranked if c.label is not None or _rank(c) <= curves.NEXT_BEST]
    ends = accumulate(len(curve.epochs) for curve in found)
    return [curve for curve, end in zip(found, ends, strict=True) if end <= MOST_POINTS]


def _rank(curve: curves.Curve) -> float:
    return math.inf if curve.rank is None else curve.rank


def _alone(figure: go.Figure, title: str) -> go.Figure:
    """As it stands on a card of its own, 450 pixels high: the title is below the buttons that
    Plotly shows there, the legend below all."""
    figure.update_xaxes(gridcolor=RULE).update_yaxes(gridcolor=RULE)
    return figure.update_layout(
        title={"text": plain(title), "x": 0.01, "y": 0.92, "yanchor": "top", "font_size": 16},
        margin={"l": 8, "r": 8, "t": 72, "b": 8},
        font_color=INK,
        legend={"yref": "container", "y": 0.0, "yanchor": "bottom"},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": RULE, "activecolor": INK},
    )
