"""Each hyperparameter against the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neumf.declaration import Value
from reports.configurations import help_of, searched, space
from reports.figures.plot import Plot, plot
from reports.figures.slice import Slice, SlicePoint, draw_slice
from reports.sections.section import Section
from studies.results.edges import LEAST, Edge, edges
from studies.results.study_result import Importance, StudyResult
from studies.results.trend import trend


@dataclass(frozen=True)
class SlicePlot:
    """One hyperparameter; ``importance`` is None while there is too little to tell by."""

    name: str
    help: str
    importance: Importance | None
    plot: Plot


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    objective: str
    edges: tuple[Edge, ...]
    judged: bool  # there are trials enough to look for edges
    slices: tuple[SlicePlot, ...]


def section(study: StudyResult) -> Section:
    importances = {one.name: one for one in study.importances.found}
    best = study.best.number if study.best else None
    found = tuple(
        SlicePlot(
            one.name,
            help_of(one.name),
            importances.get(one.name),
            plot(
                f"slice-{one.name}",
                f"{study.objective} by {one.name}",
                draw_slice(one, study.objective, best, trend(_complete(one))),
            ),
        )
        for one in slices(study)
    )
    content = Content(study.objective, edges(study), len(study.ranking) >= LEAST, found)
    return Section("slices", "Hyperparameters", "Each hyperparameter against the score", content)


def slices(study: StudyResult) -> tuple[Slice, ...]:
    """Those that are distinct from noise first, then by their share."""
    ranks = {one.name: (not one.distinct, -one.share) for one in study.importances.found}
    names = sorted(searched(study), key=lambda name: ranks.get(name, (True, 0.0)))
    return tuple(_slice(study, name) for name in names)


def _complete(found: Slice) -> list[tuple[Value, float]]:
    """Pruned trials were never as good as they could have been."""
    return [(point.x, point.score) for point in found.points if point.state == "complete"]


def _slice(study: StudyResult, name: str) -> Slice:
    points = tuple(
        SlicePoint(trial.number, trial.params[name], score, trial.state, trial.label)
        for trial in study.of("complete", "pruned")
        if name in trial.params and (score := trial.score) is not None
    )
    return Slice(name, _scale(space(study).get(name), points), points)


def _scale(domain: Any, points: tuple[SlicePoint, ...]) -> str:
    """As the definition says: a list of choices, or a table with ``choices`` or ``log``."""
    table = domain if isinstance(domain, dict) else {"choices": domain}
    if table.get("choices") is not None or any(isinstance(point.x, str) for point in points):
        return "category"
    return "log" if table.get("log") else "linear"
