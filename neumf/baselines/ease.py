"""EASE^R (Steck 2019): each item regressed on all others, in closed form.

Of all B with a zero diagonal, the one that minimises ||X - XB||^2 + l2 ||B||^2 is, with P =
(X'X + l2 I)^-1, B_ij = -P_ij / P_jj. X is 1 where a user has an item, else 0.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from neumf.arrays import Floats
from neumf.baselines.baseline import Baseline, Hyperparameters
from neumf.baselines.histories import ByHistory
from neumf.data.interactions import Codes
from neumf.evaluation.scoring import Scorer
from neumf.protocol.problem import ItemSets, Problem

MOST_BYTES = 4_000_000_000
"""What its matrices may take: 15,811 items, and a minute or two for an inverse."""

BYTES_A_PAIR = 16
"""Of items: 8 for the matrix that is inverted, in place, 4 for the weights that come of it, and 4
for the best ones so far."""


class Ease(Baseline):
    """A strong baseline of a single hyperparameter."""

    name: ClassVar = "ease"
    label: ClassVar = "EASE^R"
    grid: ClassVar = tuple({"l2": l2} for l2 in (50, 100, 200, 300, 500, 750, 1000, 1500))

    def refusal(self, n_users: int, n_items: int, n_pairs: int) -> str | None:
        del n_users, n_pairs
        needed = BYTES_A_PAIR * n_items**2
        if needed <= MOST_BYTES:
            return None
        return (
            f"needs {needed / 1e9:.1f} GB for its matrix of {n_items:,} by {n_items:,} items;"
            f" the limit is {MOST_BYTES / 1e9:.0f} GB"
        )

    def fit(
        self, problem: Problem, hyperparameters: Hyperparameters, seed: int, threads: int = 1
    ) -> Scorer:
        del seed, threads
        weights = regression(problem.positives, problem.n_items, float(hyperparameters["l2"]))
        return ByHistory(EaseScorer(problem.positives, weights), problem)


def regression(positives: ItemSets, n_items: int, l2: float) -> Floats:
    """B [n_items, n_items]: row j has what having item j adds to the scores of the others."""
    from scipy.linalg.lapack import dpotrf, dpotri

    from neumf.baselines.kernels.ease import count_pairs, regress
    from neumf.compiled import frozen
    from neumf.floating_point import arithmetic

    matrix = np.zeros((n_items, n_items))
    count_pairs(frozen(positives.starts), frozen(positives.items), matrix)
    np.fill_diagonal(matrix, matrix.diagonal() + l2)
    with arithmetic():
        # LAPACK goes by columns, and so sees the upper triangle as the lower one
        factor, failed = dpotrf(matrix.T, lower=1, overwrite_a=1)
        assert not failed, "counts plus a positive l2 are positive definite"
        inverse, _ = dpotri(factor, lower=1, overwrite_c=1)
    weights = np.empty((n_items, n_items), np.float32)
    regress(inverse.T, weights)
    return weights


class EaseScorer:
    """Sums over what a user has."""

    def __init__(self, positives: ItemSets, weights: Floats) -> None:
        self.n_items = len(weights)
        self._positives, self._weights = positives, weights

    def score(self, users: Codes, items: Codes) -> Floats:
        from neumf.baselines.kernels.ease import add_rows
        from neumf.compiled import frozen

        scores = np.empty((len(users), items.shape[1]), np.float32)
        history = self._positives
        add_rows(
            frozen(users),
            frozen(items),
            frozen(history.starts),
            frozen(history.items),
            frozen(self._weights),
            scores,
        )
        return scores
