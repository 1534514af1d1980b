"""Users and items in quarters of what models learn from."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neumf.evaluation.groups import Counts, quarters
from neumf.protocol.pairs import Pairs


def test_a_group_of_users_is_a_quarter_of_them() -> None:
    """Whatever their order, and told by its fewest and most interactions."""
    found = quarters(np.array([8, 1, 7, 2, 6, 3, 5, 4]), np.ones(8, np.int64))
    assert found.of.tolist() == [3, 0, 3, 0, 2, 1, 2, 1]
    assert found.low.tolist() == [1, 3, 5, 7]
    assert found.high.tolist() == [2, 4, 6, 8]
    assert found.members.tolist() == [2, 2, 2, 2]


def test_the_items_of_a_group_have_a_quarter_of_all_interactions() -> None:
    """One popular item is a group by itself; items that nobody has are among the least popular."""
    users = np.arange(16)
    items = np.repeat([3, 1, 5, 4, 2], [4, 4, 4, 2, 2])
    found = Counts.of(Pairs(users.astype(np.int32), items.astype(np.int32)), 16, 7)
    assert found.items.tolist() == [0, 4, 2, 4, 2, 4, 0]
    assert found.popularity.members.tolist() == [4, 3]
    assert found.popularity.of.tolist() == [0, 1, 0, 1, 0, 1, 0]
    uneven = quarters(np.array([1, 1, 2, 4, 8]), np.array([1, 1, 2, 4, 8]))
    assert uneven.of.tolist() == [0, 0, 0, 1, 2]


def test_who_is_equally_active_is_together() -> None:
    found = quarters(np.full(9, 5), np.ones(9, np.int64))
    assert found.of.tolist() == [0] * 9
    assert (found.low.tolist(), found.high.tolist()) == ([5], [5])


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60).filter(any))
def test_groups_part_everybody_by_their_interactions(found: list[int]) -> None:
    """Each into one group of at most four; no group reaches into another."""
    counts = np.array(found)
    for weights in (np.ones_like(counts), counts):
        groups = quarters(counts, weights)
        assert 1 <= len(groups.members) <= 4
        assert groups.members.sum() == len(counts)
        assert (groups.low[1:] > groups.high[:-1]).all()
        assert ((groups.low[groups.of] <= counts) & (counts <= groups.high[groups.of])).all()
