"""The lists an evaluation ranks: the held-out item among unseen ones, or the whole catalogue."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neumf.data.interactions import Codes
from neumf.protocol.pairs import Pairs
from neumf.protocol.problem import NO_ITEM, Candidates, ItemSets


def sampled(
    held_out: Pairs, seen: ItemSets, n_items: int, k: int, generator: np.random.Generator
) -> Candidates:
    """``k`` distinct unseen items beside each held-out one (He et al. 2017 use 99).

    A user with fewer unseen items gets all of them; ``NO_ITEM`` fills the rest of the row.
    """
    unseen = n_items - seen.counts[held_out.users]
    ranks = _distinct(unseen, k, generator)
    items = seen.unseen(held_out.users[:, None], ranks, n_items)
    items[ranks >= unseen[:, None]] = NO_ITEM
    return Candidates(held_out.users, np.column_stack([held_out.items, items]))


def catalogue(held_out: Pairs, seen: ItemSets) -> Candidates:
    """Every item but for the user's others in ``seen``."""
    return Candidates(held_out.users, held_out.items[:, None].copy(), seen)


def given(held_out: Pairs, negatives: Codes) -> Candidates:
    """Lists that came with the data, as published.

    156 of NCF's 6,040 lists for MovieLens-1M have the held-out item among its own negatives. It is
    not ranked against itself, as it is not in He et al.'s code, which keys scores by item.
    """
    others = np.where(negatives == held_out.items[:, None], np.int32(NO_ITEM), negatives)
    return Candidates(held_out.users, np.column_stack([held_out.items, others]))


def _distinct(
    sizes: npt.NDArray[np.int64], k: int, generator: np.random.Generator
) -> npt.NDArray[np.int64]:
    """``k`` distinct numbers below each size, by Floyd's algorithm, for all rows at once.

    (Bentley & Floyd 1987.) Rows whose size is at most ``k`` hold 0..k-1. Shape [n, k].
    """
    chosen = np.tile(np.arange(k, dtype=np.int64), (len(sizes), 1))
    rows = np.flatnonzero(sizes > k)
    picked = np.empty((len(rows), k), np.int64)
    for n in range(k):
        highest = sizes[rows] - k + n
        draw = generator.integers(0, highest + 1)
        taken = (picked[:, :n] == draw[:, None]).any(axis=1)
        picked[:, n] = np.where(taken, highest, draw)
    chosen[rows] = picked
    return chosen
