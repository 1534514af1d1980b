"""Models measured over fresh seeds, as stored: per list, so that any two compare in pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from neumf.arrays import Ints
from neumf.declaration import Value
from neumf.evaluation.measurement import Measurement, Way, all_gains, gains
from neumf.metrics import METRICS, OBJECTIVE, Metric
from neumf.protocol.measured_lists import MeasuredLists
from studies.results.intervals import Estimate, Gains, estimate


@dataclass(frozen=True, eq=False)
class ListSizes:
    """Of the lists that models were measured on, all that metrics depend on beside the ranks."""

    pool: Ints  # [n] items beside the held-out one in each catalogue list
    candidates: int | None  # drawn beside it; None: the whole catalogue is ranked


def sizes_of(lists: MeasuredLists) -> ListSizes:
    """Of lists that are at hand."""
    return ListSizes(lists.pool, lists.candidates)


@dataclass(frozen=True, eq=False)
class MeasuredRun:
    """One training run with a fresh seed, and what its model was measured to be."""

    of_trial: int
    label: str | None
    configuration: dict[str, Value]
    seed_number: int  # from 1; configurations are compared under the same one
    last_epoch: int | None  # whose model was measured; None: the best one's
    measurement: Measurement | None  # None: it failed
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)  # by way of measuring
    best_epoch: int | None = None
    curve: tuple[tuple[int, float], ...] = ()  # (epoch, objective), epochs from 1
    seconds: float | None = None
    parameters: int | None = None
    alpha: float | None = None
    seed: int | None = None
    engine: str | None = None
    reason: str | None = None  # why it failed
    losses: tuple[float, ...] = ()  # by epoch


@dataclass(frozen=True, eq=False)
class MeasuredRuns:
    """All of a study's runs of one kind, the lists they were measured on, and their plan."""

    runs: tuple[MeasuredRun, ...]
    sizes: ListSizes
    users: Ints  # [n lists]
    trials: tuple[int, ...]  # whose configurations were last asked for
    seeds: int  # with so many fresh seeds

    def of(self, trial: int) -> tuple[MeasuredRun, ...]:
        """The runs of a trial's configuration, by seed."""
        found = (run for run in self.runs if run.of_trial == trial)
        return tuple(sorted(found, key=lambda run: run.seed_number))

    @property
    def search_values(self) -> list[list[float]]:
        """What a search would have made of each configuration, over its seeds: the objective on
        the lists that trials are evaluated on."""
        way = "catalogue" if self.sizes.candidates is None else "sampled"
        values = [
            [run.metrics[way][OBJECTIVE.name] for run in self.of(trial) if run.metrics]
            for trial in self.trials
        ]
        return [found for found in values if found]

    @cached_property
    def is_complete(self) -> bool:
        """Whether every run that was asked for has its result."""
        return all(
            {run.seed_number for run in self.of(trial)} >= set(range(1, self.seeds + 1))
            for trial in self.trials
        )


@dataclass(frozen=True, eq=False)
class MeasuredModel:
    """One configuration, or one baseline, measured with one or more seeds."""

    name: str
    measurements: dict[int, Measurement]  # by seed number; a baseline without chance has one
    sizes: ListSizes
    users: Ints

    def gains(self, metric: Metric, way: Way) -> dict[int, Gains]:
        """Of every list, by seed number."""
        return {n: gains(one, self.sizes, metric, way) for n, one in self.measurements.items()}

    def only(self, where: npt.NDArray[np.bool_]) -> MeasuredModel:
        """On those of the lists [n] alone."""
        measurements = {
            n: Measurement(None if m.sampled is None else m.sampled[where], m.catalogue[where])
            for n, m in self.measurements.items()
        }
        sizes = replace(self.sizes, pool=self.sizes.pool[where])
        return MeasuredModel(self.name, measurements, sizes, self.users[where])

    def estimate(self, way: Way, metric: Metric = OBJECTIVE) -> Estimate:
        """The mean over seeds and users. Gains are 0 to 1, and so is the interval."""
        return self._estimates(way, [metric])[metric.name]

    def estimates(self, way: Way) -> dict[str, Estimate]:
        """Of every metric by name."""
        return self._estimates(way, list(METRICS.values()))

    def _estimates(self, way: Way, wanted: Sequence[Metric]) -> dict[str, Estimate]:
        gains = np.stack(
            [all_gains(one, self.sizes, wanted, way) for one in self.measurements.values()]
        )
        found = (estimate(gains[:, place], self.users) for place in range(len(wanted)))
        return {
            metric.name: replace(one, low=max(one.low, 0.0), high=min(one.high, 1.0))
            for metric, one in zip(wanted, found, strict=True)
        }

    def ahead_of(self, other: MeasuredModel, way: Way, metric: Metric = OBJECTIVE) -> Estimate:
        """By how much, on the same users and under the same seeds. A model that has one measurement
        only is compared with every seed of the other. Models that failed with one another's seeds
        have no pair: the difference of their means is nothing to go by, and has no interval."""
        mine, its = self.gains(metric, way), other.gains(metric, way)
        seeds = _common(mine, its)
        if not seeds:
            apart = self.estimate(way, metric).mean - other.estimate(way, metric).mean
            return Estimate(apart, -math.inf, math.inf, 0)
        return estimate(np.stack([_at(mine, n) - _at(its, n) for n in seeds]), self.users)


def model_of(measured: MeasuredRuns, trial: int, name: str) -> MeasuredModel:
    """What was measured of a trial's configuration, failed runs left out."""
    found = {r.seed_number: r.measurement for r in measured.of(trial) if r.measurement is not None}
    return MeasuredModel(name, found, measured.sizes, measured.users)


@dataclass(frozen=True, eq=False)
class TunedBaseline:
    """A simple model at its best on validation."""

    name: str  # in the JSON
    label: str  # for people
    hyperparameters: dict[str, Value]
    tried: int  # settings of its grid
    seconds: float  # of tuning
    model: MeasuredModel
    refusal: str | None = None  # why it was not made


def _common(one: dict[int, Gains], other: dict[int, Gains]) -> Sequence[int]:
    if len(one) == 1 or len(other) == 1:
        return list(one if len(one) > 1 else other)
    return sorted(one.keys() & other.keys())


def _at(by_seed: dict[int, Gains], seed: int) -> Gains:
    return by_seed[seed] if len(by_seed) > 1 else next(iter(by_seed.values()))


def as_json(estimates: dict[str, Estimate]) -> dict[str, Any]:
    """Metric to mean, low, high and seeds."""
    return {name: one.as_json() for name, one in estimates.items()}
