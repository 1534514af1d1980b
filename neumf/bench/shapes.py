"""Stand-ins for MovieLens: its shapes, with power-law users and items, from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neumf.errors import UserError
from neumf.protocol.problem import Candidates, ItemSets, Problem
from neumf.seeds import generator


@dataclass(frozen=True)
class Shape:
    """The size of a data set."""

    name: str
    n_users: int
    n_items: int
    n_interactions: int


ML_100K = Shape("ML-100K", 943, 1682, 100_000)
ML_1M = Shape("ML-1M", 6_040, 3_706, 1_000_000)
ML_20M = Shape("ML-20M", 138_493, 26_744, 20_000_000)


def stand_in(shape: Shape, seed: int = 0) -> Problem:
    """A problem of ``shape``: distinct interactions, each user's number and each item's popularity
    falling as a power of its rank; 99 candidates a user (of up to a thousand), drawn carelessly.

    Raises:
        UserError: so many distinct interactions cannot be drawn so.
    """
    most = shape.n_users * (shape.n_items // 2)
    if shape.n_interactions > most:
        raise _too_many(shape, most)
    random = generator(seed, "stand-in", shape.name)
    activity = (np.arange(shape.n_users) + 50.0) ** -0.7
    wanted = np.ceil(activity / activity.sum() * shape.n_interactions * 1.5).astype(np.int64)
    owners = np.repeat(np.arange(shape.n_users), np.minimum(wanted, shape.n_items // 2))
    drawn = random.random(len(owners), np.float32) ** 2.5 * shape.n_items
    pairs = owners * shape.n_items + drawn.astype(np.int64)
    pairs.sort()
    pairs = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]
    if len(pairs) < shape.n_interactions:
        raise _too_many(shape, len(pairs))
    thinned = np.linspace(0, len(pairs) - 1, shape.n_interactions).astype(np.int64)
    pairs = pairs[thinned]
    users = (pairs // shape.n_items).astype(np.int32)
    items = (pairs % shape.n_items).astype(np.int32)
    starts = np.searchsorted(users, np.arange(shape.n_users + 1)).astype(np.int64)
    some = random.permutation(shape.n_users)[:1000].astype(np.int32)
    lists = random.integers(0, shape.n_items, (len(some), 100)).astype(np.int32)
    known, candidates = ItemSets(starts, items), Candidates(some, lists)
    return Problem(shape.n_users, shape.n_items, users, items, known, candidates)


def _too_many(shape: Shape, most: int) -> UserError:
    return UserError(
        f"{shape.n_interactions:,} interactions of {shape.n_users:,} users with {shape.n_items:,}"
        f" items cannot be made up: at most {most:,}"
    )
