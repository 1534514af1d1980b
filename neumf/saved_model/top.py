"""The best items of every row of scores, without those that are left out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neumf.arrays import Floats
from neumf.compiled import frozen, jit
from neumf.data.interactions import Codes
from neumf.protocol.problem import NO_ITEM, ItemSets


def top(scores: Floats, rows: Codes, excluded: ItemSets, k: int) -> tuple[Codes, Floats]:
    """The ``k`` best of each row, best first; of equal scores the item that comes first.

    Args:
        scores: [n, n_items]; what is NaN comes last.
        rows: [n] the set of ``excluded`` that each row leaves out.
        excluded: sets of items.
        k: how many, at least 1.

    Returns:
        Items [n, k] and their scores [n, k]. Where fewer are left, ``NO_ITEM`` follows.
    """
    k = min(k, scores.shape[1])
    items = np.full((len(scores), k), NO_ITEM, np.int32)
    best = np.zeros((len(scores), k), np.float32)
    sets = frozen(excluded.starts), frozen(excluded.items)
    _top(frozen(scores), frozen(rows), *sets, items, best)
    return items, best


@jit
def _top(
    scores: Floats,
    rows: Codes,
    starts: npt.NDArray[np.int64],
    excluded: Codes,
    items: Codes,
    best: Floats,
) -> None:
    """Insertion into a sorted list: after the first few items hardly any gets in."""
    k = items.shape[1]
    worst = np.finfo(np.float32).min
    for n in range(scores.shape[0]):
        at, end, count = starts[rows[n]], starts[rows[n] + 1], 0
        for i in range(scores.shape[1]):
            if at < end and excluded[at] == i:
                at += 1
                continue
            score = scores[n, i]
            if not (score > worst):  # NaN too
                score = worst
            if count == k and not (score > best[n, k - 1]):
                continue
            low, high = 0, count  # the first place whose score is lower
            while low < high:
                middle = (low + high) // 2
                if best[n, middle] < score:
                    high = middle
                else:
                    low = middle + 1
            count = min(count + 1, k)
            for j in range(count - 1, low, -1):
                best[n, j], items[n, j] = best[n, j - 1], items[n, j - 1]
            best[n, low], items[n, low] = score, i
