"""Several studies compared: their models, the paths of their searches, their configurations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import plotly.graph_objects as go

from neumf.declaration import Value
from reports.configurations import in_order
from reports.figures.intervals import Series, draw_intervals, short
from reports.figures.plot import Plot, plot
from reports.figures.style import BLUE, GREEN, GREY, ORANGE, plain, scored
from reports.sections import history
from reports.sections.answer import TEST, VALIDATION, Shown, shown
from reports.sections.section import Section
from studies.results.confirmation import confirm
from studies.results.standings import standings
from studies.results.study_result import StudyResult

PATHS = (
    (ORANGE, "solid"),
    (BLUE, "dash"),
    (GREEN, "dashdot"),
    (GREY, "dot"),
)
"""Colours and dashes of the searches' paths, which begin again after the last."""


class Differing(NamedTuple):
    """A hyperparameter, and its value in each study."""

    name: str
    values: tuple[Value | None, ...]
    differs: bool


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    objective: str
    names: tuple[str, ...]
    differences: tuple[str, ...]  # in what was measured, for which scores do not compare
    extent: Plot
    paths: Plot
    trials: tuple[int | None, ...]
    configurations: tuple[Differing, ...]


def section(studies: Sequence[StudyResult]) -> Section:
    objective = studies[0].objective
    content = Content(
        objective,
        tuple(study.name for study in studies),
        differences(studies),
        plot(
            "extent-plot",
            f"{objective} of the chosen NeuMF of each study, and of the best simple model",
            draw_extent(studies, objective),
        ),
        plot(
            "paths-plot", f"best {objective} so far of each search", draw_paths(studies, objective)
        ),
        tuple(one.trial if one else None for one in map(_shown, studies)),
        configurations(studies),
    )
    return Section("alongside", "Compared", "Compared", content)


def differences(studies: Sequence[StudyResult]) -> tuple[str, ...]:
    """What keeps the studies' scores from comparing."""
    facts = {
        "data": [str(study.data.get("fingerprint")) for study in studies],
        "protocol": [str(study.definition.get("protocol")) for study in studies],
        "seed, which draws the candidates,": [
            str(study.definition.get("search", {}).get("seed")) for study in studies
        ],
    }
    return tuple(name for name, values in facts.items() if len(set(values)) > 1)


def configurations(studies: Sequence[StudyResult]) -> tuple[Differing, ...]:
    """Of the chosen configurations, or while none is chosen of the best trials."""
    found = []
    for study in studies:
        one = _shown(study)
        values = one.searched + one.rest if one else ()
        found.append({name: value for name, _, value in values})
    return tuple(
        Differing(name, values, len(set(values)) > 1)
        for name in in_order(name for values in found for name in values)
        for values in [tuple(each.get(name) for each in found)]
    )


def draw_extent(studies: Sequence[StudyResult], metric: str) -> go.Figure | None:
    """A row for the chosen NeuMF of each study, and one for the best simple model beside it."""
    names, validation, test = [], [], []
    for study in studies:
        found = standings(study, confirm(study))
        if found is None:
            continue
        for row in (found.chosen, found.best_baseline):
            if row is not None:
                names.append(f"{short(study.name, 12)}: {row.name.removesuffix(', chosen')}")
                validation.append(row.validation)
                test.append(row.test)
    series = [
        Series("confirmed, validation", validation, VALIDATION, 0.16 if any(test) else 0.0),
        *([Series("test, opened once", test, TEST, -0.16)] if any(test) else []),
    ]
    return draw_intervals(names, series, metric)


def draw_paths(studies: Sequence[StudyResult], metric: str) -> go.Figure | None:
    figure, drawn = scored(metric).update_xaxes(title_text="trial"), False
    for place, study in enumerate(studies):
        led = [point for point in history.points(study) if point.best is not None]
        color, dash = PATHS[place % len(PATHS)]
        drawn |= bool(led)
        figure.add_scatter(
            x=[point.number for point in led],
            y=[point.best for point in led],
            name=plain(short(study.name)),
            mode="lines",
            line={"color": color, "dash": dash, "width": 2, "shape": "hv"},
        )
    return figure.update_yaxes(rangemode="normal") if drawn else None


def _shown(study: StudyResult) -> Shown | None:
    return shown(study, confirm(study))
