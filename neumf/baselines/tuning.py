"""A baseline's best hyperparameters of its grid, on the validation lists that NeuMF is tuned on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from neumf.baselines.baseline import Baseline, Hyperparameters
from neumf.evaluation.measurement import Measurement, all_metrics, gains, headline, measure_model
from neumf.evaluation.ranking import rank
from neumf.evaluation.scoring import Scorer
from neumf.metrics import OBJECTIVE
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.problem import Problem

JUDGED_ON = 20_000
"""Lists that the points of a grid are compared on, at most: to rank the whole catalogue for each of
MovieLens-20M's users takes up to two minutes, and points that so many lists cannot tell apart are
as good as each other. The best one is measured on all."""


@dataclass(frozen=True)
class Tried:
    """One point of a grid."""

    hyperparameters: Hyperparameters
    value: float  # the objective, in the headline's way of measuring, on what it is judged on
    seconds: float  # to fit and to rank

    def as_json(self) -> dict[str, Any]:
        """Without the time, which depends on the machine."""
        return {"hyperparameters": dict(self.hyperparameters), "value": self.value}


@dataclass(frozen=True, eq=False)
class Tuned:
    """What a baseline is at its best on validation."""

    name: str
    hyperparameters: Hyperparameters
    measurement: Measurement
    value: float  # the objective, on all lists
    tried: tuple[Tried, ...]  # in the order of the grid
    seconds: float  # in all

    def as_json(self, lists: MeasuredLists) -> dict[str, Any]:
        """What was found, every metric in every way of measuring ``lists``, and what was tried."""
        return {
            "name": self.name,
            "hyperparameters": dict(self.hyperparameters),
            "validation": all_metrics(self.measurement, lists),
            "judged_on": len(lists.thinned(JUDGED_ON)),  # lists, by which the tried are told apart
            "tried": [point.as_json() for point in self.tried],
            "seconds": self.seconds,
        }


def tune(
    baseline: Baseline,
    problem: Problem,
    lists: MeasuredLists,
    seed: int,
    *,
    threads: int = 1,
    known: Sequence[Tried] = (),
    progress: Callable[[Tried], None] = lambda _: None,
) -> Tuned:
    """Fit every point of the grid; the one with the best objective is measured in full.

    Args:
        baseline: one that does not refuse data of this size (:meth:`Baseline.refusal`).
        problem: its positives are learnt from.
        lists: of validation. Test must not choose.
        seed: of what the baseline draws, the same for every point.
        threads: how many to fit with; the result is the same to the last bit.
        known: the first points of the grid, if they were tried before: they are not again.
        progress: told of every other point as soon as it has been tried.
    """
    started = perf_counter()
    way, judged = headline(lists), lists.thinned(JUDGED_ON)
    tried = list(known)
    chosen = max(known, key=lambda point: point.value, default=None)  # the first of equals
    best: Scorer | None = None  # None: the chosen one was known
    left = baseline.grid[len(known) :]
    point_started = started
    scorers = baseline.fit_all(problem, left, seed, threads)
    for hyperparameters, scorer in zip(left, scorers, strict=True):
        ranks = Measurement(None, rank(scorer, judged.catalogue))
        value = float(gains(ranks, judged, OBJECTIVE, way).mean())
        now = perf_counter()
        tried.append(Tried(hyperparameters, value, now - point_started))
        if chosen is None or value > chosen.value:
            chosen, best = tried[-1], scorer
        point_started = now
        progress(tried[-1])
    assert chosen is not None, "a grid has a point"
    if best is None:
        best = baseline.fit(problem, chosen.hyperparameters, seed, threads)
    measurement = measure_model(best, lists)
    seconds = perf_counter() - started + sum(point.seconds for point in known)
    return Tuned(
        baseline.name,
        chosen.hyperparameters,
        measurement,
        float(gains(measurement, lists, OBJECTIVE, way).mean()),
        tuple(tried),
        seconds,
    )
