"""iALS: a row's equations, and scores."""

from __future__ import annotations

import numpy as np

from neumf.arrays import Floats
from neumf.baselines.kernels.vectors import Starts, add, dot
from neumf.compiled import inline, jit
from neumf.data.interactions import Codes

SOLVED = np.float32(1e-20)
"""A squared residual that is rounding."""


@jit
def solve_rows(
    first: int,
    last: int,
    starts: Starts,
    others: Codes,
    factors: Floats,
    of_others: Floats,
    weighted_gram: Floats,
    penalties: Floats,
    steps: int,
) -> None:
    """Improve the rows ``first`` to ``last`` of ``factors`` by ``steps`` of conjugate gradients.

    Row x solves (sum of y y' over its positives + ``weighted_gram`` + its penalty * I) x = sum of
    y. No row depends on another: they may be shared out to threads in any way.
    """
    width = factors.shape[1]
    residual = np.empty(width, np.float32)
    direction = np.empty(width, np.float32)
    product = np.empty(width, np.float32)
    for row in range(first, last):
        x = factors[row]
        mine = others[starts[row] : starts[row + 1]]
        multiply(x, mine, of_others, weighted_gram, penalties[row], product)
        for k in range(width):
            residual[k] = -product[k]
        for other in mine:
            add(residual, np.float32(1), of_others[other])
        direction[:] = residual
        squared = dot(residual, residual)
        for _ in range(steps):
            if squared < SOLVED:
                break
            multiply(direction, mine, of_others, weighted_gram, penalties[row], product)
            length = squared / dot(direction, product)
            add(x, length, direction)
            add(residual, -length, product)
            before, squared = squared, dot(residual, residual)
            for k in range(width):
                direction[k] = residual[k] + squared / before * direction[k]


@inline
def multiply(
    x: Floats,
    mine: Codes,
    of_others: Floats,
    weighted_gram: Floats,
    penalty: np.float32,
    product: Floats,
) -> None:
    """The matrix of a row's equations times ``x``, without making the matrix."""
    for k in range(len(x)):
        product[k] = penalty * x[k] + dot(weighted_gram[k], x)
    for other in mine:
        add(product, dot(of_others[other], x), of_others[other])


@jit
def multiply_pairs(
    users: Codes, items: Codes, user_factors: Floats, item_factors: Floats, scores: Floats
) -> None:
    """Scores of lists [n, k]: the products of a user's factors and the items'."""
    for n in range(len(users)):
        for k in range(items.shape[1]):
            scores[n, k] = dot(user_factors[users[n]], item_factors[items[n, k]])
