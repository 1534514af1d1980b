"""The compiled loops of the baselines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neumf.arrays import Floats
from neumf.compiled import inline, jit
from neumf.data.interactions import Codes

Starts = npt.NDArray[np.int64]
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


@jit
def add_sparse_rows(
    users: Codes,
    items: Codes,
    starts: Starts,
    history: Codes,
    row_starts: Starts,
    columns: Codes,
    weights: Floats,
    scores: Floats,
) -> None:
    """:func:`add_rows` for rows that are compressed."""
    total = np.empty(len(row_starts) - 1, np.float32)
    for n in range(len(users)):
        total[:] = 0
        for k in range(starts[users[n]], starts[users[n] + 1]):
            for m in range(row_starts[history[k]], row_starts[history[k] + 1]):
                total[columns[m]] += weights[m]
        pick(total, items[n if len(items) > 1 else 0], scores[n])


@inline
def pick(total: Floats, items: Codes, scores: Floats) -> None:
    """NO_ITEM picks the last, which is as good as any."""
    for k in range(len(items)):
        scores[k] = total[items[k]]


@jit
def compare_items(
    first: int,
    starts: Starts,
    users: Codes,
    user_starts: Starts,
    history: Codes,
    shrink: float,
    similarities: Floats,
) -> None:
    """Similarities [n, n_items] of n items, ``first`` and those after it, with all others: (users
    of both) / (sqrt(users of one * users of the other) + ``shrink``)."""
    similarities[:] = 0
    for n in range(len(similarities)):
        item, similarity = first + n, similarities[n]
        for a in range(starts[item], starts[item + 1]):
            for b in range(user_starts[users[a]], user_starts[users[a] + 1]):
                similarity[history[b]] += np.float32(1)
        similarity[item] = np.float32(0)
        mine = float(starts[item + 1] - starts[item])
        for other in range(len(similarity)):
            if similarity[other] > 0:
                norm = np.sqrt(mine * float(starts[other + 1] - starts[other])) + shrink
                similarity[other] = np.float32(similarity[other] / norm)


@jit
def keep_nearest(
    first: int,
    similarities: Floats,
    least: Floats,
    neighbours: Codes,
    kept: Floats,
    found: Starts,
) -> None:
    """Copy of each row of ``similarities`` what is above ``least`` and, as far as ``neighbours``
    [n_items, k] has room, what equals it, lower codes first. ``found`` says how many they are."""
    room = neighbours.shape[1]
    for n in range(len(similarities)):
        item, spare = first + n, room
        for value in similarities[n]:
            if value > least[n]:
                spare -= 1
        place = 0
        for other in range(similarities.shape[1]):
            value = similarities[n, other]
            tied = value == least[n] and value > 0 and spare > 0
            if tied:
                spare -= 1
            if tied or value > least[n]:
                neighbours[item, place], kept[item, place] = other, value
                place += 1
        found[item] = place


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


SOLVED = np.float32(1e-20)
"""A squared residual that is rounding."""


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
