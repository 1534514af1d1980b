"""Ranges that end where the best trials are: what lies beyond was not searched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from neumf.hyperparameters import HYPERPARAMETERS
from studies.definition.param_names import hyperparameter_of, on_branch
from studies.results.study_result import StudyResult, TrialResult

LEAST = 20
"""Complete trials, below which the best of them tell nothing."""

FEWEST, SHARE = 5, 0.1
"""The best are this share of the complete trials, and no fewer than that many."""

NEAR = 0.1
"""The part of a range, on its own scale, that is its edge."""

CHANCE = 0.05
"""How often so many of the best may stand at an edge if they were spread evenly."""


class Edge(NamedTuple):
    """A range with at least half of the best trials at one of its ends."""

    name: str
    side: Literal["low", "high"]
    bound: int | float
    there: int  # of the best trials
    best: int  # how many the best are
    can_widen: bool  # the model takes values beyond

    @property
    def beyond(self) -> str:
        return "below" if self.side == "low" else "above"


def edges(study: StudyResult) -> tuple[Edge, ...]:
    """In the order of the definition; none while there are too few trials."""
    ranked = [trial for trial in study.ranking if trial.duplicate_of is None]
    if len(ranked) < LEAST:
        return ()
    return tuple(
        edge
        for name, entry in _ranges(study.definition).items()
        for edge in _edges(name, entry, [t for t in ranked if name in t.params])
    )


def _ranges(definition: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = dict(definition.get("space", {}))
    for branch in definition.get("branches", ()):
        found |= {on_branch(branch["name"], name): e for name, e in branch["space"].items()}
    return {
        name: entry
        for name, entry in found.items()
        if isinstance(entry, Mapping) and {"low", "high"} <= entry.keys()
    }


def _edges(name: str, entry: Mapping[str, Any], ranked: Sequence[TrialResult]) -> list[Edge]:
    best = ranked[: max(FEWEST, math.ceil(SHARE * len(ranked)))]
    values = [value for t in best if isinstance(value := t.params[name], int | float)]
    if len(ranked) < LEAST or len(values) < FEWEST:
        return []
    found = []
    low, high = entry["low"], entry["high"]
    known = HYPERPARAMETERS.get(hyperparameter_of(name))
    sides: tuple[tuple[Literal["low", "high"], Any], ...] = (("low", low), ("high", high))
    for side, bound in sides:
        there = sum(_distance(value, bound, entry) <= NEAR + 1e-9 for value in values)
        if 2 * there >= len(values) and _tail(there, len(values), _share(entry)) < CHANCE:
            legal = known is None or (known.low < low if side == "low" else high < known.high)
            found.append(Edge(name, side, bound, there, len(values), legal))
    return found


def _distance(value: float, bound: float, entry: Mapping[str, Any]) -> float:
    """From an end, as a part of the range on its scale."""
    low, high = float(entry["low"]), float(entry["high"])
    if entry.get("log"):
        return abs(math.log(value / bound)) / math.log(high / low)
    return abs(value - bound) / (high - low)


def _values(entry: Mapping[str, Any]) -> int | None:
    """How many values a range of whole numbers or steps has; None: any."""
    step = entry.get("step")
    if step is None:
        whole = isinstance(entry["low"], int) and isinstance(entry["high"], int)
        if not whole or entry.get("log"):
            return None
        step = 1
    return round(float(entry["high"] - entry["low"]) / step) + 1


def _share(entry: Mapping[str, Any]) -> float:
    """What even spread would put at an edge."""
    values = _values(entry)
    if values is None:
        return NEAR
    return (math.floor(NEAR * (values - 1) + 1e-9) + 1) / values


def _tail(there: int, n: int, share: float) -> float:
    """The probability of so many or more, each with probability ``share``."""
    return sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(there, n + 1))
