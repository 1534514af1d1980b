"""How every figure looks: palette, marks, template.

Backgrounds are transparent and the page's style sheet colours all text and rules, so a figure
reads on light and on dark paper. States differ by shape as well as by colour.
"""

from __future__ import annotations

from html import escape
from typing import Any

import plotly.graph_objects as go

from neumf.evaluation.metrics import Metric

BLUE, ORANGE, GREEN, GREY = "#3b8bc9", "#d9660f", "#0a9a72", "#8b949e"
PALETTE = (("blue", BLUE), ("orange", ORANGE), ("green", GREEN), ("grey", GREY))
"""After Okabe & Ito's palette, which colour-blind people tell apart, at a lightness that stands
out from white and from near-black."""

MARKS: dict[str, dict[str, Any]] = {
    "pruned": {"symbol": "x-thin-open", "color": GREY, "size": 7, "line": {"width": 1.5}},
    "complete": {"symbol": "circle", "color": BLUE, "size": 8, "opacity": 0.75},
    "tried first": {"symbol": "diamond", "color": GREEN, "size": 11},
    "best": {"symbol": "star", "color": ORANGE, "size": 14},
}
"""Later ones are drawn over earlier ones."""

LINES: dict[str, dict[str, Any]] = {
    "unfinished": {"color": GREY, "width": 1, "dash": "dash"},
    "pruned": {"color": GREY, "width": 1, "dash": "dot"},
    "complete": {"color": BLUE, "width": 1},
    "next best": {"color": BLUE, "width": 2},
    "tried first": {"color": GREEN, "width": 2, "dash": "dashdot"},
    "best": {"color": ORANGE, "width": 3},
}
"""As MARKS, for learning curves."""

_AXIS = {
    "showline": False,
    "zeroline": False,
    "ticks": "",
    "gridcolor": GREY,
    "automargin": True,
    "title": {"standoff": 10, "font": {"size": 13}},
}
TEMPLATE = go.layout.Template(
    layout={
        "autosize": True,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 13, "color": GREY},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "hovermode": "closest",
        "hoverlabel": {
            "align": "left",
            "bgcolor": "#1d232a",
            "bordercolor": "#5b6570",
            "font": {"color": "#fff", "family": "inherit"},
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "xanchor": "left",
            "yanchor": "bottom",
            "itemsizing": "constant",
            "traceorder": "reversed",
        },
    }
)


def plain(text: str) -> str:
    """``text`` so that Plotly, which reads tags in its texts, shows it letter by letter."""
    return escape(text, quote=False)


def blank() -> go.Figure:
    return go.Figure(layout={"template": TEMPLATE})


def scored(metric: Metric) -> go.Figure:
    """A figure whose y axis is ``metric``."""
    return blank().update_yaxes(
        title_text=f"{metric.name}, higher is better", rangemode="nonnegative"
    )
