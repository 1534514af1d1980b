"""How every figure looks: palette and template.

Backgrounds are transparent and the page's style sheet colours all text and rules, so a figure
reads on light and on dark paper.
"""

from __future__ import annotations

from html import escape

import plotly.graph_objects as go

BLUE, ORANGE, GREEN, GREY = "#3b8bc9", "#d9660f", "#0a9a72", "#8b949e"
PALETTE = (("blue", BLUE), ("orange", ORANGE), ("green", GREEN), ("grey", GREY))
"""After Okabe & Ito's palette, which colour-blind people tell apart, at a lightness that stands
out from white and from near-black."""

INK, RULE = "#7b838c", "rgba(123,131,140,0.3)"
"""Of text and rules where no style sheet colours them: as far from white as from near-black."""

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


def scored(metric: str) -> go.Figure:
    """A figure whose y axis is ``metric``."""
    return blank().update_yaxes(title_text=f"{metric}, higher is better", rangemode="nonnegative")
