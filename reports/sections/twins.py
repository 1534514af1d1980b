"""What each half of the best trial's NeuMF does: its twins beside it, over fresh seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import plotly.graph_objects as go

from reports import text
from reports.figures.plot import Plot, plot
from reports.figures.style import BLUE, GREY, ORANGE, plain, scored
from reports.sections.section import Section
from studies.results.study_result import StudyResult
from studies.results.twins import LEVEL, Comparison, TwinModel, compare


class Row(NamedTuple):
    """One model over the fresh seeds. A twin has, in addition, what its missing part adds."""

    name: str
    mean: float | None
    deviation: float | None
    seeds: int
    failed: str  # how many seeds, and why; empty if none
    ahead: float | None  # the best trial's model minus this one
    interval: tuple[float, float] | None
    sentence: str


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    objective: str
    trial: int
    searched: float | None  # what the search saw
    name: str  # of the best trial's model
    rows: tuple[Row, ...]
    level: float
    plot: Plot


def section(study: StudyResult) -> Section | None:
    comparison = compare(study)
    if comparison is None:
        return None
    label = f"{study.objective} of the best trial's model and of its twins, with each fresh seed"
    content = Content(
        study.objective,
        comparison.trial.number,
        comparison.trial.value,
        comparison.chosen.name,
        rows(comparison),
        LEVEL,
        plot("twins-plot", label, draw(comparison, study.objective)),
    )
    return Section("twins", "Halves", "What each half does", content)


def rows(comparison: Comparison) -> tuple[Row, ...]:
    """The best trial's model, then its twins."""
    found = []
    for model in comparison.models:
        ahead, interval, sentence = None, None, ""
        if isinstance(model, TwinModel):
            told = model.contribution
            ahead, interval, sentence = told.mean, told.interval, told.sentence(text.difference)
        failed = f"{len(model.failures)} failed: {model.failures[0]}" if model.failures else ""
        found.append(
            Row(
                *(model.name, model.mean, model.deviation, len(model.values), failed),
                *(ahead, interval, sentence),
            )
        )
    return tuple(found)


def draw(comparison: Comparison, metric: str) -> go.Figure | None:
    """A line a seed from model to model, and the means."""
    models = comparison.models
    if not any(model.values for model in models):
        return None
    names = [plain(model.name) for model in models]
    figure = scored(metric).update_xaxes(
        type="category", categoryorder="array", categoryarray=names
    )
    values = [{run.seed_number: run.value for run in model.runs} for model in models]
    xs: list[str | None] = []
    ys: list[float | None] = []
    texts: list[str | None] = []
    for seed in sorted(set().union(*values)):
        for name, by_seed in zip(names, values, strict=True):
            value = by_seed.get(seed)
            xs.append(name)
            ys.append(value)
            texts.append(f"<b>{name}</b><br>fresh seed {seed}: {plain(metric)} {text.score(value)}")
        xs.append(None)
        ys.append(None)
        texts.append(None)
    figure.add_scatter(
        x=xs,
        y=ys,
        name="one seed",
        mode="lines+markers",
        line={"color": GREY, "width": 1},
        marker={"color": BLUE, "size": 6},
        hovertext=texts,
        hoverinfo="text",
    )
    return figure.add_scatter(
        x=[name for name, model in zip(names, models, strict=True) if model.values],
        y=[model.mean for model in models if model.values],
        name="mean",
        mode="markers",
        marker={"symbol": "line-ew-open", "color": ORANGE, "size": 28, "line": {"width": 3}},
        hoverinfo="skip",
    )
