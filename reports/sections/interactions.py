"""Which two hyperparameters matter together, as heat maps that are tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from neumf.declaration import Value
from reports import text
from reports.sections.section import Section
from studies.results.interactions import Cell, Interaction, interactions
from studies.results.study_result import StudyResult


class HeatCell(NamedTuple):
    """``heat`` goes from 0 to 1 by the rank of the score in its map: one bad trial would leave all
    others the same colour."""

    score: float | None
    trials: int
    heat: float


class HeatMap(NamedTuple):
    """The first hyperparameter downwards, the second to the right."""

    found: Interaction
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    objective: str
    maps: tuple[HeatMap, ...]


def section(study: StudyResult) -> Section | None:
    """None where there is too little to tell by."""
    seed = study.definition.get("search", {}).get("seed", 0)
    found = interactions(study.trials, seed)
    if not found:
        return None
    content = Content(study.objective, tuple(map(heat_map, found)))
    return Section("interactions", "Together", "What matters together", content)


def heat_map(found: Interaction) -> HeatMap:
    scores = sorted({cell.score for row in found.cells for cell in row if cell.score is not None})
    heats = {score: place / max(len(scores) - 1, 1) for place, score in enumerate(scores)}
    rows = zip(found.rows, found.cells, strict=True)
    return HeatMap(
        found,
        tuple((_group(group), tuple(_cell(cell, heats) for cell in row)) for group, row in rows),
        tuple(map(_group, found.columns)),
    )


def _cell(cell: Cell, heats: Mapping[float, float]) -> HeatCell:
    heat = 0.0 if cell.score is None else heats[cell.score]
    return HeatCell(cell.score, cell.trials, heat)


def _group(group: tuple[Value, Value]) -> str:
    low, high = map(text.short, group)
    return low if low == high else f"{low} to {high}"
