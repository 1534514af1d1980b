"""The L2 penalty in the gradient of a batch, compiled."""

from __future__ import annotations

import numpy as np

from neumf.arrays import Floats
from neumf.compiled import jit
from neumf.data.interactions import Codes


@jit
def penalise(parameters: Floats, gradient: Floats, l2: float) -> None:
    """Add the gradient of ``l2`` / 2 times the squared length of the layers: all samples use them,
    so it is the mean over the batch."""
    share = np.float32(l2)
    for k in range(gradient.size):
        gradient[k] += share * parameters[k]


@jit
def count_uses(slots: Codes, counts: Codes) -> None:
    """How many samples of a batch use each row; ``slots`` [2, n] are places in ``counts``."""
    for side in range(2):
        for b in range(slots.shape[1]):
            counts[slots[side, b]] += 1


@jit
def penalise_rows(
    table: Floats, touched: Codes, counts: Codes, d_rows: Floats, l2: float, n: int
) -> None:
    """The same for embedding rows: each counts as often as a sample of the batch of n uses it.
    ``touched`` are the rows of the table for which ``d_rows`` stands. Clears the counts."""
    for k in range(len(touched)):
        if counts[k] > 0:
            share = np.float32(l2 * counts[k] / n)
            row, d_row = table[touched[k]], d_rows[k]
            for j in range(row.size):
                d_row[j] += share * row[j]
            counts[k] = 0
