"""Small worlds of interactions, some with a right answer that is known by construction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from hypothesis import strategies as st

from neumf.data.interactions import GivenTest, Interactions
from neumf.hyperparameters import HALF
from neumf.model.parameters import Architecture
from neumf.protocol.evaluation_protocol import EvaluationProtocol, make_problem, split_interactions
from neumf.protocol.pairs import Pairs
from neumf.protocol.problem import Problem
from neumf.seeds import generator

NOTEBOOK = Architecture(n_users=943, n_items=1682, predictive_factors=8, mlp_layers=3)
WITH_MLP = st.builds(
    Architecture,
    n_users=st.integers(1, 9),
    n_items=st.integers(1, 9),
    predictive_factors=st.integers(1, 8).map(lambda half: 2 * half),
    mlp_layers=st.integers(1, 5),
    gmf_factors=st.just(HALF) | st.integers(0, 20),
)
GMF_ALONE = st.builds(
    Architecture,
    n_users=st.integers(1, 9),
    n_items=st.integers(1, 9),
    predictive_factors=st.just(8),
    mlp_layers=st.just(0),
    gmf_factors=st.just(HALF) | st.integers(1, 20),
)
ARCHITECTURES = WITH_MLP | GMF_ALONE
"""Both halves, of whatever widths, or either alone."""


def world(
    pairs: Sequence[tuple[int, int]],
    times: Iterable[float] | None = None,
    n_users: int | None = None,
    n_items: int | None = None,
    given_test: GivenTest | None = None,
) -> Interactions:
    """``pairs`` of (user, item) in file order; without ``times``, their positions are the times."""
    users = np.array([user for user, _ in pairs], np.int32)
    items = np.array([item for _, item in pairs], np.int32)
    return Interactions(
        "world",
        users,
        items,
        np.arange(len(pairs)) if times is None else np.array(list(times)),
        np.arange(users.max() + 1 if n_users is None else n_users),
        np.arange(items.max() + 1 if n_items is None else n_items),
        given_test,
    )


def blocks(n_blocks: int = 4, size: int = 12, unseen: int = 2, seed: int = 0) -> Interactions:
    """``size`` users and ``size`` items a block; a user likes the items of their own block only,
    and has met all of them but ``unseen``, in an order of their own.

    The right answer to "what next?" is an item of the user's block. Of one that is held out, at
    most ``unseen`` others can rightly stand above it.
    """
    random = generator(seed, "blocks")
    pairs = [
        (block * size + user, block * size + int(item))
        for block in range(n_blocks)
        for user in range(size)
        for item in random.permutation(size)[unseen:]
    ]
    return world(pairs, n_users=n_blocks * size, n_items=n_blocks * size)


def problem_of(interactions: Interactions, candidates: int = 20, seed: int = 0) -> Problem:
    """Leave-one-out, ``candidates`` unseen items beside each held-out one."""
    protocol = EvaluationProtocol(candidates=candidates)
    return make_problem(
        interactions, split_interactions(interactions, protocol, seed), protocol, seed
    )


@st.composite
def worlds(draw: st.DrawFn, least: int = 1) -> Interactions:
    """``least`` or more distinct pairs of 6 users and 8 items, in any file order, with times that
    may tie. With 13 there is a user of 3, so every split has something to validate on."""
    n_users, n_items = 6, 8
    every = [(user, item) for user in range(n_users) for item in range(n_items)]
    pairs = draw(st.lists(st.sampled_from(every), unique=True, min_size=least))
    times = draw(st.lists(st.integers(0, 3), min_size=len(pairs), max_size=len(pairs)))
    return world(pairs, times, n_users, n_items)


def pairs_of(part: Pairs | Interactions) -> list[tuple[int, int]]:
    """(user, item), in order."""
    return list(zip(part.users.tolist(), part.items.tolist(), strict=True))
