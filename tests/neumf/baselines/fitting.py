"""Problems to fit, and all of a scorer's scores."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from neumf.arrays import Floats
from neumf.baselines.baseline import Hyperparameters
from neumf.data.interactions import Interactions
from neumf.evaluation.scoring import Scorer
from neumf.protocol.problem import Candidates, ItemSets, Problem
from tests.worlds import worlds

SMALL: dict[str, Hyperparameters] = {
    "popularity": {},
    "itemknn": {"neighbours": 5, "shrink": 1, "power": 1},
    "ease": {"l2": 2},
    "ials": {"factors": 4, "alpha": 0.3, "l2": 1},
}
"""Hyperparameters for small worlds."""


def trained_on(data: Interactions) -> Problem:
    """All of ``data`` are positives; nothing validates."""
    none = np.empty(0, np.int32)
    return Problem(
        data.n_users,
        data.n_items,
        data.users,
        data.items,
        ItemSets.of(data.users, data.items, data.n_users, data.n_items),
        Candidates(none, none[:, None]),
    )


def problems() -> st.SearchStrategy[Problem]:
    """Of 6 users and 8 items, some without any pair."""
    return worlds().map(trained_on)


def dense(problem: Problem) -> Floats:
    """1 where a user has an item [n_users, n_items]."""
    matrix = np.zeros((problem.n_users, problem.n_items), np.float32)
    matrix[problem.users, problem.items] = 1
    return matrix


def table(scorer: Scorer, problem: Problem) -> Floats:
    """Every user's score of every item."""
    users, items = np.arange(problem.n_users), np.arange(problem.n_items)
    return scorer.score(users.astype(np.int32), items.astype(np.int32)[None])
