"""iALS (Hu, Koren & Volinsky 2008) as Rendle et al. 2022 found it to be strong.

With s = x_u . y_i, the factors minimise

    sum over positives (1 - s)^2  +  alpha * sum over all pairs s^2  +  sum_u l_u |x_u|^2 + ...

The penalty l_u of a user grows with the history, as n_u + alpha * n_items, that of an item with its
users, as n_i + alpha * n_users; ``l2`` is the penalty of a user with an average history, which fits
data sets of different sizes alike. Users and items take turns, and each row's equations are solved
by a few steps of conjugate gradients from where the row is (Takács, Pilászy & Tikk 2011).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from neumf.arrays import Floats, Ints
from neumf.baselines.baseline import Baseline, Hyperparameters
from neumf.baselines.histories import ByHistory
from neumf.baselines.threads import ForRows
from neumf.data.interactions import Codes
from neumf.evaluation.scoring import Scorer
from neumf.protocol.problem import ItemSets, Problem
from neumf.seeds import generator

SWEEPS = 10
"""Over users and items. What more of them add is in the fourth digit."""

STEPS = 3
"""Of conjugate gradients a row and sweep."""

INIT_NORM = 1.0
"""Of an item's row at first, about. Near 0 it takes twice as many sweeps."""


class Ials(Baseline):
    """Matrix factorisation on all pairs at once."""

    name: ClassVar = "ials"
    label: ClassVar = "iALS"
    draws: ClassVar = True
    grid: ClassVar = tuple(
        {"factors": factors, "alpha": alpha, "l2": l2}
        for factors in (64, 128, 192)
        for alpha, l2 in ((0.1, 4), (0.1, 6), (0.3, 6), (0.3, 8), (1.0, 9))
    )

    def fit(
        self, problem: Problem, hyperparameters: Hyperparameters, seed: int, threads: int = 1
    ) -> Scorer:
        factors = int(hyperparameters["factors"])
        alpha, l2 = float(hyperparameters["alpha"]), float(hyperparameters["l2"])
        *_, result = alternate(problem, factors, alpha, l2, seed, threads)
        return ByHistory(result, problem)


@dataclass(frozen=True, eq=False)
class FactorScorer:
    """Products of factors."""

    of_users: Floats  # [n_users, factors]
    of_items: Floats  # [n_items, factors]

    @property
    def n_items(self) -> int:
        return len(self.of_items)

    def score(self, users: Codes, items: Codes) -> Floats:
        from neumf.baselines.kernels.ials import multiply_pairs
        from neumf.compiled import frozen
        from neumf.floating_point import arithmetic

        if len(items) == 1:
            with arithmetic():
                product: Floats = self.of_users[users] @ self.of_items[items[0]].T
            return product
        scores = np.empty(items.shape, np.float32)
        multiply_pairs(
            frozen(users), frozen(items), frozen(self.of_users), frozen(self.of_items), scores
        )
        return scores


class Side(NamedTuple):
    """Users, or items: whichever are solved for while the others stay as they are."""

    positives: ItemSets  # of each row
    factors: Floats
    of_others: Floats
    penalties: Floats  # of each row

    def improve(self, alpha: float, for_rows: ForRows) -> None:
        from neumf.baselines.kernels.ials import solve_rows
        from neumf.compiled import frozen
        from neumf.floating_point import arithmetic

        with arithmetic():
            weighted_gram = np.float32(alpha) * (self.of_others.T @ self.of_others)

        def solve(first: int, last: int) -> None:
            solve_rows(
                first,
                last,
                frozen(self.positives.starts),
                frozen(self.positives.items),
                self.factors,
                frozen(self.of_others),
                frozen(weighted_gram),
                frozen(self.penalties),
                STEPS,
            )

        for_rows(len(self.factors), solve)


def alternate(
    problem: Problem, factors: int, alpha: float, l2: float, seed: int, threads: int
) -> Iterator[FactorScorer]:
    """Sweep by sweep; all yield the same arrays, which the next sweep changes."""
    from neumf.baselines.threads import rows_in

    of_users = np.zeros((problem.n_users, factors), np.float32)
    shape = problem.n_items, factors
    of_items = generator(seed, "baseline", "ials").standard_normal(shape, np.float32)
    of_items *= np.float32(INIT_NORM / np.sqrt(factors))
    owners = ItemSets.of(problem.items, problem.users, problem.n_items, problem.n_users)
    for_users, for_items = penalties(problem.positives.counts, owners.counts, alpha, l2)
    users = Side(problem.positives, of_users, of_items, for_users)
    items = Side(owners, of_items, of_users, for_items)
    with rows_in(threads) as for_rows:
        for _ in range(SWEEPS):
            users.improve(alpha, for_rows)
            items.improve(alpha, for_rows)
            yield FactorScorer(of_users, of_items)


def penalties(of_users: Ints, of_items: Ints, alpha: float, l2: float) -> tuple[Floats, Floats]:
    """Of every user and of every item, from how many positives each has."""
    growing = of_users + alpha * len(of_items), of_items + alpha * len(of_users)
    scale = l2 / growing[0].mean()
    users, items = ((scale * rows).astype(np.float32) for rows in growing)
    return users, items
