"""What the compiled loops share: sums and products of rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neumf.arrays import Floats
from neumf.compiled import inline
from neumf.data.interactions import Codes

Starts = npt.NDArray[np.int64]
"""Where each row begins among all, and where the last one ends."""


@inline
def dot(one: Floats, other: Floats) -> np.float32:
    total = np.float32(0)
    for k in range(len(one)):
        total += one[k] * other[k]
    return total


@inline
def add(to: Floats, factor: np.float32, what: Floats) -> None:
    for k in range(len(to)):
        to[k] += factor * what[k]


@inline
def pick(total: Floats, items: Codes, scores: Floats) -> None:
    """NO_ITEM picks the last, which is as good as any."""
    for k in range(len(items)):
        scores[k] = total[items[k]]
