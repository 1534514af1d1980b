"""How scores run along a hyperparameter: medians of groups, which a few bad trials do not bend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

from neumf.declaration import Value

FEW = 10
"""Up to so many different values, each is a group."""

GROUPS = 6
"""Of equal size, where there are more."""

LEAST = 3
"""Trials of a group."""


class Step(NamedTuple):
    """One group: the median of its values, the median of its scores, and how many they are."""

    x: Value
    score: float
    trials: int


def trend(points: Sequence[tuple[Value, float]]) -> tuple[Step, ...]:
    """Of values and scores; none for words, and where fewer than two groups are large enough."""
    if any(isinstance(x, str) for x, _ in points):
        return ()
    ordered = sorted((float(x), score) for x, score in points)
    groups = [list(group) for _, group in groupby(ordered, key=lambda point: point[0])]
    if len(groups) > FEW:
        n = min(GROUPS, len(ordered) // LEAST)
        ends = [len(ordered) * k // n for k in range(n + 1)] if n else []
        groups = [ordered[a:b] for a, b in pairwise(ends)]
    steps = tuple(
        Step(median(x for x, _ in group), median(score for _, score in group), len(group))
        for group in groups
        if len(group) >= LEAST
    )
    return steps if len(steps) > 1 else ()
