"""Accuracy against cost: which confirmed configuration to take where training or memory is dear."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from reports import text
from reports.figures.plot import Plot, plot
from reports.figures.style import BLUE, ORANGE, plain, scored
from reports.sections.certainty import name_of
from reports.sections.section import Section
from studies.results.confirmation import confirm
from studies.results.cost import Costed, costed, front
from studies.results.study_result import StudyResult


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    objective: str
    found: tuple[Costed, ...]
    cheapest: tuple[int, ...]  # trials that are on either front
    seconds: Plot
    parameters: Plot


def section(study: StudyResult) -> Section | None:
    """None before anything is confirmed: one lucky seed says little of what a second buys."""
    confirmation = confirm(study)
    if confirmation is None:
        return None
    found = costed(confirmation)
    fronts = [*front(found, _seconds), *front(found, _parameters)]
    metric = study.objective
    content = Content(
        metric,
        found,
        tuple(dict.fromkeys(one.entry.number for one in fronts)),
        plot(
            "seconds-plot",
            f"confirmed {metric} by seconds of training",
            draw(found, _seconds, "seconds of training", metric),
        ),
        plot(
            "parameters-plot",
            f"confirmed {metric} by parameters",
            draw(found, _parameters, "parameters", metric),
        ),
    )
    return Section("cost", "Cost", "Accuracy against cost", content)


def _seconds(one: Costed) -> float | None:
    return one.seconds


def _parameters(one: Costed) -> float | None:
    return one.parameters


def draw(
    found: Sequence[Costed], cost: Callable[[Costed], float | None], name: str, metric: str
) -> go.Figure | None:
    """Means with their intervals, and a step line along those that nothing cheaper equals."""
    known = [(value, one) for one in found if (value := cost(one))]
    if not known:
        return None
    best = front(found, cost)
    low, high = min(value for value, _ in known), max(value for value, _ in known)
    figure = scored(metric).update_xaxes(title_text=f"{name}, fewer is better")
    if high < 3 * low:
        figure.update_xaxes(type="linear", rangemode="tozero")
    else:
        ticks = _ticks(low, high)
        texts = [f"{tick:,.3g}" if tick < 1000 else text.thousands(tick) for tick in ticks]
        figure.update_xaxes(type="log", tickvals=ticks, ticktext=texts)
    figure.update_yaxes(rangemode="normal")
    figure.add_scatter(
        x=[cost(one) for one in best],
        y=[one.entry.mean.mean for one in best],
        name="nothing cheaper is as good",
        mode="lines",
        line={"color": ORANGE, "width": 2, "shape": "hv"},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[value for value, _ in known],
        y=[one.entry.mean.mean for _, one in known],
        name="configuration, with its interval",
        mode="markers",
        marker={
            "size": 10,
            "color": [ORANGE if one in best else BLUE for _, one in known],
            "symbol": ["diamond" if one in best else "circle" for _, one in known],
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [one.entry.mean.high - one.entry.mean.mean for _, one in known],
            "arrayminus": [one.entry.mean.mean - one.entry.mean.low for _, one in known],
            "color": BLUE,
            "thickness": 1.5,
            "width": 0,
        },
        hovertext=[
            f"<b>{plain(name_of(one.entry))}</b><br>{metric} {text.estimate(one.entry.mean)}"
            f"<br>{name} {value:,.4g}"
            for value, one in known
        ],
        hoverinfo="text",
    )
    return figure.update_layout(legend_traceorder="normal")


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten, the 1 alone where these are many."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if len(decades) < 4 else (1,)
    return [float(f"{step}e{decade}") for decade in decades for step in steps]
