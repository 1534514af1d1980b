"""How far into the catalogue recommendations reach, and how much they keep to what is popular."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neumf.arrays import Ints
from neumf.evaluation.groups import Counts
from neumf.evaluation.scoring import Scorer
from neumf.metrics import HEADLINE
from neumf.protocol.problem import NO_ITEM, ItemSets
from neumf.saved_model.top import top

TOP = HEADLINE[0].cutoff
"""Items that everybody is recommended: as many as the headline's metrics look at."""

BLOCK = 1 << 20
"""Scores held at a time: 4 MB."""


@dataclass(frozen=True)
class Reach:
    """Of all users' recommendations, or of all that they consumed."""

    items: int  # different ones
    effective: float  # so many, all equally often, would be as varied
    percentile: float  # the mean share of the catalogue that is less popular, 0 to 1
    shares: tuple[float, ...]  # of each group of items, the least popular first


def reach(times: Ints, learnt: Counts) -> Reach:
    """What is recommended, or consumed, ``times`` [n_items], beside what models learn from.

    Two of them drawn at random are the same item with a probability of 1 / ``effective``. Of items
    that are as popular as an item, half count as less popular.
    """
    total = max(1, times.sum())
    same = float(np.square(times / total).sum())
    ordered = np.sort(learnt.items)
    below = np.searchsorted(ordered, learnt.items) + np.searchsorted(ordered, learnt.items, "right")
    groups = learnt.popularity
    return Reach(
        int(np.count_nonzero(times)),
        1 / same if same else 0.0,
        float(times @ below / total / (2 * len(ordered))),
        tuple((np.bincount(groups.of, times, len(groups.members)) / total).tolist()),
    )


def times_recommended(scorer: Scorer, seen: ItemSets) -> Ints:
    """How many users have each item [n_items] among the ``TOP`` best they have not ``seen``."""
    times = np.zeros(scorer.n_items, np.int64)
    everyone = np.arange(len(seen.counts), dtype=np.int32)
    catalogue = np.arange(scorer.n_items, dtype=np.int32)[None]
    step = max(1, BLOCK // scorer.n_items)
    for start in range(0, len(everyone), step):
        users = everyone[start : start + step]
        items, _ = top(scorer.score(users, catalogue), users, seen, TOP)
        times += np.bincount(items[items != NO_ITEM], minlength=scorer.n_items)
    return times
