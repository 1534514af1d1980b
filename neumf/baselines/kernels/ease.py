"""EASE^R: co-occurrences, weights from the inverse, and scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neumf.arrays import Floats
from neumf.baselines.kernels.vectors import Starts, add, pick
from neumf.compiled import jit
from neumf.data.interactions import Codes

Doubles = npt.NDArray[np.float64]


@jit
def count_pairs(starts: Starts, items: Codes, counts: Doubles) -> None:
    """Count in the upper triangle of ``counts`` [n_items, n_items] the users that have both
    items, and on its diagonal those that have the item. A user's ``items`` ascend."""
    for user in range(len(starts) - 1):
        for a in range(starts[user], starts[user + 1]):
            for b in range(a, starts[user + 1]):
                counts[items[a], items[b]] += 1.0


@jit
def regress(inverse: Doubles, weights: Floats) -> None:
    """EASE^R's weights, from the upper triangle of P = (X'X + l2 I)^-1: -P_ij / P_jj, and 0 on the
    diagonal."""
    for i in range(len(inverse)):
        weights[i, i] = np.float32(0)
        for j in range(i + 1, len(inverse)):
            weights[i, j] = np.float32(-inverse[i, j] / inverse[j, j])
            weights[j, i] = np.float32(-inverse[i, j] / inverse[i, i])


@jit
def add_rows(
    users: Codes, items: Codes, starts: Starts, history: Codes, weights: Floats, scores: Floats
) -> None:
    """Scores: the sum of the rows of ``weights`` [n_items, n_items] of what a user has."""
    total = np.empty(weights.shape[1], np.float32)
    for n in range(len(users)):
        total[:] = 0
        for k in range(starts[users[n]], starts[users[n] + 1]):
            add(total, np.float32(1), weights[history[k]])
        pick(total, items[n if len(items) > 1 else 0], scores[n])
