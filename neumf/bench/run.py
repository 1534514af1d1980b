"""The whole benchmark, a section at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from neumf.bench import growth, profile, ranking, shapes, steps, tables
from neumf.hyperparameters import Configuration


@dataclass(frozen=True)
class Section:
    """A table for people, and its figures by name for machines."""

    table: Table
    figures: dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    factors: tuple[int, ...] = (8, 16, 32, 64)
    rounds: int = 15
    shapes: tuple[shapes.Shape, ...] = (shapes.ML_100K, shapes.ML_1M, shapes.ML_20M)

    def configurations(self) -> list[Configuration]:
        return [Configuration(predictive_factors=factors) for factors in self.factors]


QUICK = Extent(factors=(8,), rounds=3, shapes=(shapes.ML_100K, shapes.ML_1M))


def compare(extent: Extent) -> Iterator[Section]:
    """Training steps, evaluation, growth."""
    problem = shapes.stand_in(shapes.ML_100K)
    timed = [steps.time_steps(problem, h, extent.rounds) for h in extent.configurations()]
    train = [row for each in timed for row in each.train()]
    floor = [each.floor_row() for each in timed]
    ratios = [each.ratios() for each in timed]
    yield Section(tables.steps(timed), {"train": train, "floor": floor, "ratios": ratios})
    ranked = [
        each
        for h in extent.configurations()
        for each in ranking.time_ranking(problem, h, max(3, extent.rounds // 3))
    ]
    yield Section(tables.ranking(ranked), {"evaluation": [each.asdict() for each in ranked]})
    grown = growth.measure_growth(
        extent.shapes, Configuration(predictive_factors=16), extent.rounds // 2
    )
    yield Section(tables.growth(grown), {"growth": [each.asdict() for each in grown]})


def explain(extent: Extent) -> Iterator[Section]:
    """Where an epoch goes."""
    problem = shapes.stand_in(shapes.ML_100K)
    for h in extent.configurations():
        parts = profile.profile(problem, h, extent.rounds)
        figures = {"predictive_factors": h.predictive_factors, "ms": parts}
        yield Section(tables.profile(h.predictive_factors, parts), {"profile": [figures]})
