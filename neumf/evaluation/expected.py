"""Metrics of sampled lists without the luck of the draw.

A sampled list holds k of the N items that a held-out one could be ranked against. Of these N, rank
- 1 are above it in the whole catalogue; of the k drawn, a number j that is hypergeometric. So the
full-catalogue rank says what a metric is on average over all draws, exactly and with no draw at
all (Krichene & Rendle 2020 and Li et al. 2020 write the same expectation of HR).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neumf.arrays import Doubles, Ints
from neumf.compiled import frozen, jit
from neumf.metrics import Metric, Ranks


def expected_gains(metric: Metric, ranks: Ranks, pool: Ints, candidates: int) -> Doubles:
    """The expectation of ``metric`` over all draws of the candidates, for every list.

    Args:
        metric: of what the ranks among the candidates gain.
        ranks: [n] of the held-out items in the whole catalogue, from 1 to ``pool`` + 1.
        pool: [n] how many items there are to draw from.
        candidates: how many distinct ones are drawn; all, if there are fewer.

    Returns:
        Gains [n].
    """
    result: Doubles = all_expected_gains([metric], ranks, pool, candidates)[0]
    return result


def all_expected_gains(
    metrics: Sequence[Metric], ranks: Ranks, pool: Ints, candidates: int
) -> Doubles:
    """:func:`expected_gains` of several metrics [len(metrics), n] in the time of one."""
    assert np.all((ranks >= 1) & (ranks <= pool + 1)), "a rank is at most one more than the pool"
    best = np.arange(1, 1 + max(metric.cutoff for metric in metrics))
    gains = np.stack([metric.gains(best) for metric in metrics])
    result = np.empty((len(metrics), len(ranks)))
    _expect(frozen(gains), frozen(ranks), frozen(pool), candidates, result)
    return result


@jit
def _expect(gains: Doubles, ranks: Ranks, pool: Ints, candidates: int, out: Doubles) -> None:
    """Sum gains[:, j] * P(j are above), for every list.

    P is followed draw by draw, in sums and products of numbers that are not negative, so nothing
    cancels. To draw k items, m others being above, is as good as to draw m, k others counting: the
    smaller number is drawn.
    """
    cutoff = gains.shape[1]
    mass = np.empty(cutoff)
    for n in range(len(ranks)):
        above, size = ranks[n] - 1, pool[n]
        drawn = min(candidates, size)
        draws, marked = min(above, drawn), max(above, drawn)
        mass[:] = 0.0
        mass[0] = 1.0
        for t in range(draws):
            each = 1.0 / (size - t)
            for j in range(min(cutoff - 1, t + 1), -1, -1):
                # of the items left, marked - j are marked and size - t - (marked - j) are not
                stays = mass[j] * max(0, size - t - marked + j) * each
                mass[j] = stays if j == 0 else stays + mass[j - 1] * (marked - j + 1) * each
        for metric in range(len(gains)):
            total = 0.0
            for j in range(cutoff):
                total += gains[metric, j] * mass[j]
            out[metric, n] = total
