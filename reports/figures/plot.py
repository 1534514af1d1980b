"""A figure as it stands in the page."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go
from markupsafe import Markup


@dataclass(frozen=True)
class Plot:
    """``json`` is None where there is nothing to draw yet."""

    name: str  # the id of its element
    label: str  # what a screen reader says
    json: Markup | None


def plot(name: str, label: str, figure: go.Figure | None) -> Plot:
    """Plotly's JSON escapes ``<``, ``>`` and ``/``, so it cannot end the element it stands in."""
    return Plot(name, label, None if figure is None else Markup(figure.to_json(engine="json")))
