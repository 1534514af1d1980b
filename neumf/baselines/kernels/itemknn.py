"""Item-kNN: similarities, the nearest of them, and scores."""

from __future__ import annotations

import numpy as np

from neumf.arrays import Floats
from neumf.baselines.kernels.vectors import Starts, pick
from neumf.compiled import jit
from neumf.data.interactions import Codes


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
    """Scores: the sum of the rows of what a user has, in a matrix [n_items, n_items] of compressed
    rows."""
    total = np.empty(len(row_starts) - 1, np.float32)
    for n in range(len(users)):
        total[:] = 0
        for k in range(starts[users[n]], starts[users[n] + 1]):
            for m in range(row_starts[history[k]], row_starts[history[k] + 1]):
                total[columns[m]] += weights[m]
        pick(total, items[n if len(items) > 1 else 0], scores[n])
