"""Adam's step, compiled: for all parameters, and for some rows of the tables."""

from __future__ import annotations

import math

import numpy as np

from neumf.arrays import Floats
from neumf.compiled import jit
from neumf.data.interactions import Codes
from neumf.training.engines.dropout import ZERO
from neumf.training.engines.workspace import AdamState

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""torch.optim.Adam's defaults."""


@jit
def step_size(lr: float, step: int) -> tuple[np.float32, np.float32]:
    """Adam's step and its epsilon, both of which take up the bias corrections."""
    root = math.sqrt(1 - BETA2**step)
    return np.float32(lr * root / (1 - BETA1**step)), np.float32(EPSILON * root)


@jit
def adam(
    state: AdamState, gradient: Floats, size: np.float32, epsilon: np.float32, decay: np.float32
) -> None:
    """One step; clears the gradient for the next."""
    parameters, mean, square = state
    for k in range(gradient.size):
        g = gradient[k] + decay * parameters[k]
        m = mean[k] + np.float32(1 - BETA1) * (g - mean[k])
        v = np.float32(BETA2) * square[k] + np.float32(1 - BETA2) * g * g
        mean[k], square[k], gradient[k] = m, v, ZERO
        parameters[k] -= size * m / (np.sqrt(v) + epsilon)


@jit
def adam_rows(
    tables: AdamState, rows: Codes, d_rows: Floats, size: np.float32, decay: np.float32
) -> None:
    """One step for some rows, in the formula of torch.optim.SparseAdam: its epsilon differs."""
    width = d_rows.shape[1]
    for k in range(len(rows)):
        at, to = rows[k] * width, (rows[k] + 1) * width
        row = AdamState(tables.parameters[at:to], tables.mean[at:to], tables.square[at:to])
        adam(row, d_rows[k], size, np.float32(EPSILON), decay)


@jit
def touch(tables: AdamState, rows: Codes, width: int) -> np.float32:
    """Read a number of each cache line of some rows, so that memory delivers them all at once, not
    one after the other when they are needed. Without the sum a compiler would leave that out."""
    total = ZERO
    for row in rows:
        for j in range(0, width + 15, 16):
            at = row * width + min(j, width - 1)
            total += tables.parameters[at] + tables.mean[at] + tables.square[at]
    return total
