"""The whole benchmark, a section at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neumf.bench import decay, descent, growth, profile, ranking, shapes, steps
from neumf.bench.section import Section
from neumf.hyperparameters import Configuration


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
    """Training steps, weight decay, SGD, evaluation, growth."""
    problem, configurations = shapes.stand_in(shapes.ML_100K), extent.configurations()
    yield from steps.time_steps(problem, configurations, extent.rounds)
    yield decay.time_decay(problem, configurations, extent.rounds)
    yield descent.time_descent(extent.shapes[1:], max(3, extent.rounds // 3))
    yield ranking.time_ranking(problem, configurations, max(3, extent.rounds // 3))
    yield growth.measure_growth(extent.shapes, extent.rounds // 2)


def explain(extent: Extent) -> Iterator[Section]:
    """Where an epoch goes."""
    problem = shapes.stand_in(shapes.ML_100K)
    for configuration in extent.configurations():
        yield profile.profile(problem, configuration, extent.rounds)
