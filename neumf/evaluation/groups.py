"""Users by how active they are and items by how popular, in quarters of what models learn from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neumf.arrays import Ints
from neumf.protocol.pairs import Pairs


@dataclass(frozen=True, eq=False)
class Groups:
    """Users, or items, in groups by their interactions; the group with the fewest comes first."""

    of: Ints  # [n] the group of each, from 0
    low: Ints  # [groups] the fewest interactions that one of the group has
    high: Ints  # [groups] the most
    members: Ints  # [groups] how many there are


@dataclass(frozen=True, eq=False)
class Counts:
    """How many interactions each user, and each item, has."""

    users: Ints  # [n_users]
    items: Ints  # [n_items]

    @classmethod
    def of(cls, pairs: Pairs, n_users: int, n_items: int) -> Counts:
        return cls(
            np.bincount(pairs.users, minlength=n_users), np.bincount(pairs.items, minlength=n_items)
        )

    @cached_property
    def activity(self) -> Groups:
        """A group is a quarter of the users."""
        return quarters(self.users, np.ones_like(self.users))

    @cached_property
    def popularity(self) -> Groups:
        """The items of a group have a quarter of all interactions."""
        return quarters(self.items, self.items)


def quarters(interactions: Ints, weights: Ints) -> Groups:
    """Groups of about a quarter of all weight each.

    Who has equally many ``interactions`` [n] is in the same group, so groups can differ in weight,
    and there are fewer where many are equal. ``weights`` [n] are not all 0.
    """
    order = np.argsort(interactions, kind="stable")
    reached = np.cumsum(weights[order])
    ends = order[np.searchsorted(4 * reached, reached[-1] * np.arange(1, 4))]
    _, of = np.unique(np.searchsorted(interactions[ends], interactions), return_inverse=True)
    members = np.bincount(of)
    each = [interactions[of == k] for k in range(len(members))]
    low, high = np.array([one.min() for one in each]), np.array([one.max() for one in each])
    return Groups(of, low, high, members)
