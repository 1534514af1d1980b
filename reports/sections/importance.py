"""Which hyperparameters mattered, as far as that stands out from noise."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go

from reports import text
from reports.figures.plot import Plot, plot
from reports.figures.style import BLUE, GREY, blank, plain
from reports.sections.section import Section
from studies.results.study_result import Importances, StudyResult

FEWEST_BARS = 5
"""Room is left for so many bars, so that one alone is no wall."""

DISTINCT = "distinct from noise"
BARS = {
    DISTINCT: {"color": BLUE, "line": {"width": 0}},
    "not distinct from noise": {"color": "rgba(0,0,0,0)", "line": {"color": GREY, "width": 1}},
}


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    basis: str
    plot: Plot


def section(study: StudyResult) -> Section:
    figure = draw(study.importances)
    label = "importance of each hyperparameter, next to the noise"
    content = Content(study.importances.basis, plot("importance-plot", label, figure))
    return Section("importance", "What matters", "What matters", content)


def draw(importances: Importances) -> go.Figure | None:
    """A bar and a noise line for each hyperparameter, the largest share on top."""
    found = importances.found
    if not found:
        return None
    rows = {one.name: f"{plain(one.name)}  {text.share(one.share)}" for one in found}
    figure = blank()
    for name, style in BARS.items():
        group = [one for one in found if one.distinct == (name == DISTINCT)]
        if group:
            figure.add_bar(
                x=[one.share for one in group],
                y=[rows[one.name] for one in group],
                name=name,
                orientation="h",
                marker=style,
                hoverinfo="skip",
            )
    figure.add_scatter(
        x=[one.noise for one in found],
        y=[rows[one.name] for one in found],
        name="noise",
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 20, "color": GREY, "line": {"width": 3}},
        hoverinfo="skip",
    )
    order = {"categoryorder": "array", "categoryarray": list(rows.values())}
    lowest = max(len(found), FEWEST_BARS) - 0.5
    figure.update_yaxes(range=[lowest, -0.5], showgrid=False, ticksuffix=" ", **order)
    figure.update_layout(barmode="overlay", bargap=0.35, legend_traceorder="normal")
    longest = max(max(one.share, one.noise) for one in found)
    return figure.update_xaxes(visible=False, range=[0, 1.02 * longest or 1])
