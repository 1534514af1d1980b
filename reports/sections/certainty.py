"""How sure the answer is: configurations over fresh seeds, what the search had promised, the ways
of measuring side by side, and what more trials may bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from neumf.evaluation.measurement import IN_WORDS, Way
from neumf.metrics import CUTOFFS, HEADLINE
from reports import text
from reports.figures.intervals import Series, draw_intervals, short
from reports.figures.plot import Plot, plot
from reports.figures.style import BLUE, GREY, ORANGE, blank, plain
from reports.sections.section import Section
from studies.results import outlook as outlooks
from studies.results.answer import INTERVAL
from studies.results.confirmation import Confirmation, Confirmed, confirm
from studies.results.outlook import MORE, Outlook
from studies.results.side_by_side import SideBySide, side_by_side
from studies.results.study_result import StudyResult

COMMON: dict[Way, str] = {"sampled": "sampled", "expected": "expected", "catalogue": "catalogue"}
"""Heads of columns, which :data:`IN_WORDS` is too long for."""


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    objective: str
    confirmation: Confirmation | None
    way: str
    is_sampled: bool  # what the search had; the mean never is
    interval: str
    seeds: Plot
    promised: Plot
    models: SideBySide | None
    leaders: str
    ways: dict[Way, str]
    words: dict[Way, str]
    metrics: tuple[str, ...]
    outlook: Outlook | None
    more: int


def section(study: StudyResult) -> Section | None:
    """None where nothing is confirmed and nothing can be said of further trials."""
    confirmation, found = confirm(study), outlooks.of_study(study)
    if confirmation is None and found is None:
        return None
    models = side_by_side(study, confirmation)
    metric = study.objective
    content = Content(
        metric,
        confirmation,
        IN_WORDS[confirmation.way] if confirmation else "",
        confirmation is not None and confirmation.entries[0].sampled is not None,
        INTERVAL,
        plot(
            "seeds-plot",
            f"{metric} of each confirmed configuration with each fresh seed",
            draw_seeds(confirmation, metric) if confirmation else None,
        ),
        plot(
            "promised-plot",
            f"{metric} that the search had for each configuration, and what fresh seeds have",
            draw_promised(confirmation, metric) if confirmation else None,
        ),
        models,
        "" if models is None else leaders(models),
        COMMON,
        IN_WORDS,
        tuple(f"{each.kind}@{k}" for each in HEADLINE for k in CUTOFFS),
        found,
        MORE,
    )
    return Section("certainty", "How sure", "How sure this is", content)


def name_of(entry: Confirmed) -> str:
    label = entry.trial.label
    return f"trial {entry.number}" if label is None else f"trial {entry.number}, {label}"


def draw_seeds(confirmation: Confirmation, metric: str) -> go.Figure | None:
    """A dot for each seed, above the mean with its interval."""
    names = [name_of(entry) for entry in confirmation.entries]
    mean = {"color": ORANGE, "size": 11, "symbol": "diamond"}
    series = Series("mean and interval", [entry.mean for entry in confirmation.entries], mean, 0.14)
    figure = draw_intervals(names, [series], metric)
    if figure is None:
        return None
    xs, ys, texts = [], [], []
    for place, entry in enumerate(confirmation.entries):
        for run in entry.runs:
            value = run.metrics[confirmation.way][metric]
            xs.append(value)
            ys.append(place - 0.16)
            texts.append(
                f"<b>{plain(names[place])}</b><br>fresh seed {run.seed_number}:"
                f" {metric} {text.score(value)}"
            )
    return figure.add_scatter(
        x=xs,
        y=ys,
        name="one seed",
        mode="markers",
        marker={"color": BLUE, "size": 8, "opacity": 0.7},
        hovertext=texts,
        hoverinfo="text",
    )


def draw_promised(confirmation: Confirmation, metric: str) -> go.Figure | None:
    """From what the search had to the mean of fresh seeds, measured the same way: a line to the
    left is luck that does not repeat."""
    found = [
        (entry, entry.trial.value, (entry.sampled or entry.mean).mean)
        for entry in confirmation.entries
        if entry.trial.value is not None
    ]
    if not found:
        return None
    figure = blank()
    xs: list[float | None] = []
    ys: list[float | None] = []
    for place, (_, had, now) in enumerate(found):
        xs += [had, now, None]
        ys += [place, place, None]
    figure.add_scatter(
        x=xs,
        y=ys,
        mode="lines",
        line={"color": GREY, "width": 2},
        showlegend=False,
        hoverinfo="skip",
    )
    hollow = {"color": ORANGE, "size": 12, "symbol": "star"}
    _points(figure, "the search's value", [(e, had) for e, had, _ in found], hollow, metric)
    solid = {"color": BLUE, "size": 10}
    _points(figure, "mean of fresh seeds", [(e, now) for e, _, now in found], solid, metric)
    figure.update_xaxes(title_text=f"{metric}, higher is better")
    figure.update_yaxes(
        tickvals=list(range(len(found))),
        ticktext=[f"{plain(short(name_of(entry)))} " for entry, _, _ in found],
        range=[len(found) - 0.4, -0.6],
        showgrid=False,
    )
    return figure.update_layout(legend_traceorder="normal")


def _points(
    figure: go.Figure,
    name: str,
    found: Sequence[tuple[Confirmed, float]],
    marker: dict[str, object],
    metric: str,
) -> None:
    figure.add_scatter(
        x=[value for _, value in found],
        y=list(range(len(found))),
        name=name,
        mode="markers",
        marker=marker,
        hovertext=[
            f"<b>{plain(name_of(entry))}</b><br>{name}: {metric} {text.score(value)}"
            for entry, value in found
        ],
        hoverinfo="text",
    )


def leaders(models: SideBySide) -> str:
    """Whether the ways of measuring agree on the best model."""
    found = models.leaders
    if len(found) == 1:
        return ""
    if len(set(found.values())) == 1:
        return f"all ways of measuring put {next(iter(found.values()))} first on {models.part}"
    told = "; ".join(f"{name} is first {IN_WORDS[way]}" for way, name in found.items())
    return f"the ways of measuring disagree about the best model on {models.part}: {told}"
