"""Whom a held-out item is ranked against."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.data.interactions import Interactions
from neumf.protocol.candidates import catalogue, sampled
from neumf.protocol.candidates import given as as_published
from neumf.protocol.pairs import Pairs
from neumf.protocol.problem import NO_ITEM, ItemSets
from neumf.seeds import generator
from tests.worlds import pairs_of, worlds


def sets_of(data: Interactions) -> ItemSets:
    return ItemSets.of(data.users, data.items, data.n_users, data.n_items)


@given(worlds())
def test_a_set_per_user(data: Interactions) -> None:
    """Ascending, and each user's own."""
    seen = sets_of(data)
    for user in range(data.n_users):
        expected = sorted(item for who, item in pairs_of(data) if who == user)
        assert seen.row(user).tolist() == expected
        assert seen.counts[user] == len(expected)


def test_a_pair_that_repeats_counts_once() -> None:
    users, items = np.array([1, 1, 0], np.int32), np.array([2, 2, 0], np.int32)
    seen = ItemSets.of(users, items, 2, 3)
    assert seen.counts.tolist() == [1, 1]


@given(worlds())
def test_unseen_items_are_numbered_in_order(data: Interactions) -> None:
    """For every user and every number, as by listing what is not in the set."""
    seen = sets_of(data)
    for user in range(data.n_users):
        known = set(seen.row(user).tolist())
        unseen = [item for item in range(data.n_items) if item not in known]
        ranks = np.arange(len(unseen))
        users = np.array([user], np.int32)
        assert seen.unseen(users, ranks, data.n_items).tolist() == unseen


def test_unseen_broadcasts() -> None:
    """Users [n, 1] and ranks [n, k] give items [n, k]."""
    users, items = np.array([0, 0, 1], np.int32), np.array([0, 2, 1], np.int32)
    seen = ItemSets.of(users, items, 2, 5)
    found = seen.unseen(np.array([[0], [1]], np.int32), np.array([[0, 1], [1, 3]]), 5)
    assert found.tolist() == [[1, 3], [2, 4]]
    assert found.dtype == np.int32


@given(worlds(), st.integers(1, 7), st.integers(0, 99))
def test_sampled_candidates(data: Interactions, k: int, seed: int) -> None:
    """The held-out item first, then ``k`` distinct items that the user has not met; a user with
    too few gets all of them and is filled up."""
    held_out = Pairs(data.users, data.items)
    lists = sampled(held_out, sets_of(data), data.n_items, k, generator(seed))
    assert len(lists) == len(data)
    assert lists.items.shape == (len(data), 1 + k)
    assert (lists.users == data.users).all()
    assert (lists.items[:, 0] == data.items).all()
    assert lists.seen is None
    met = set(pairs_of(data))
    for user, items in zip(lists.users.tolist(), lists.items[:, 1:].tolist(), strict=True):
        unseen = {item for item in range(data.n_items) if (user, item) not in met}
        real = [item for item in items if item != NO_ITEM]
        assert len(real) == len(set(real)) == min(k, len(unseen))
        assert set(real) <= unseen


def test_every_unseen_item_is_as_likely() -> None:
    """Of 10 unseen items, 4 a list: each in 4 lists of 10, within five standard errors."""
    n = 5000
    users = np.arange(n, dtype=np.int32)
    held_out = Pairs(users, np.full(n, 3, np.int32))
    seen = ItemSets.of(users, held_out.items, n, 11)
    lists = sampled(held_out, seen, 11, 4, generator(0))
    share = np.bincount(lists.items[:, 1:].ravel(), minlength=11) / n
    assert share[3] == 0
    error = 5 * np.sqrt(0.4 * 0.6 / n)
    assert share[np.arange(11) != 3] == pytest.approx(np.full(10, 0.4), abs=error)


def test_the_same_generator_draws_the_same_lists() -> None:
    users = np.arange(50, dtype=np.int32)
    held_out, seen = Pairs(users, users), ItemSets.of(users, users, 50, 200)
    one, same, other = (sampled(held_out, seen, 200, 20, generator(s)).items for s in (1, 1, 2))
    assert (one == same).all()
    assert (one[:, 0] == other[:, 0]).all()
    assert (one[:, 1:] != other[:, 1:]).any()


def test_the_whole_catalogue_is_not_listed() -> None:
    """One column, and what the user has met: memory does not grow with users x items."""
    users = np.array([0, 1], np.int32)
    held_out, seen = Pairs(users, np.array([4, 2], np.int32)), ItemSets.of(users, users, 2, 5)
    lists = catalogue(held_out, seen)
    assert lists.items.tolist() == [[4], [2]]
    assert lists.seen is seen


def test_published_lists_are_kept() -> None:
    held_out = Pairs(np.array([3, 1], np.int32), np.array([4, 2], np.int32))
    lists = as_published(held_out, np.array([[7, 6], [8, 9]], np.int32))
    assert lists.users.tolist() == [3, 1]
    assert lists.items.tolist() == [[4, 7, 6], [2, 8, 9]]


def test_a_published_list_does_not_rank_the_held_out_item_against_itself() -> None:
    """Some of NCF's do have it twice."""
    held_out = Pairs(np.array([3, 1], np.int32), np.array([4, 2], np.int32))
    lists = as_published(held_out, np.array([[7, 4], [8, 9]], np.int32))
    assert lists.items.tolist() == [[4, 7, NO_ITEM], [2, 8, 9]]
