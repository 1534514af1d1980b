"""Which interactions train, validate and test."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.data.interactions import GivenTest, Interactions
from neumf.errors import UserError
from neumf.protocol.split import SPLITS, Split, split
from neumf.seeds import generator
from tests.worlds import pairs_of, world, worlds


def parts(result: Split) -> tuple[list[tuple[int, int]], ...]:
    test, _ = result.test.take_out()
    return pairs_of(result.train), pairs_of(result.validation), pairs_of(test)


def codes(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array(values, np.int32)


def test_a_hand_worked_history() -> None:
    """User 0's rows are out of order, user 1's last two share their time, user 2 has too few."""
    history = [
        (0, 3, 30),
        (1, 0, 5),
        (0, 1, 10),
        (2, 0, 1),
        (1, 1, 9),
        (0, 2, 20),
        (1, 2, 9),
        (2, 1, 2),
    ]
    data = world([(user, item) for user, item, _ in history], [time for *_, time in history])
    train, validation, test = parts(split(data, "leave-one-out", generator(0)))
    assert sorted(train) == [(0, 1), (1, 0), (2, 0), (2, 1)]
    assert validation == [(0, 2), (1, 1)]
    assert test == [(0, 3), (1, 2)]


def test_ties_go_by_file_order() -> None:
    """With one time for all, the last row is the last interaction."""
    data = world([(0, 4), (0, 0), (0, 2), (0, 1)], [7, 7, 7, 7])
    _, validation, test = parts(split(data, "leave-one-out", generator(0)))
    assert (validation, test) == ([(0, 2)], [(0, 1)])


def test_times_may_be_fractions_and_negative() -> None:
    data = world([(0, 0), (0, 1), (0, 2)], [0.5, -1.0, 0.25])
    assert parts(split(data, "leave-one-out", generator(0))) == ([(0, 1)], [(0, 2)], [(0, 0)])


def test_a_given_test_split_is_kept() -> None:
    """As published, with its negatives; a user's last training row validates, if with the test
    row there are three. User 1 has one of his two rows in test, user 2 has no test row."""
    negatives = np.array([[5, 6], [6, 5]], np.int32)
    given_test = GivenTest(codes(0, 1), codes(4, 4), negatives)
    data = world([(0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (2, 2)], n_items=7, given_test=given_test)
    result = split(data, "leave-one-out", generator(0))
    train, validation, test = parts(result)
    assert train == [(0, 0), (1, 0), (2, 0), (2, 1)]
    assert validation == [(0, 1), (2, 2)]
    assert test == [(0, 4), (1, 4)]
    assert result.test.take_out()[1] is negatives


def test_a_given_test_split_cannot_be_drawn_again() -> None:
    given_test = GivenTest(codes(0), codes(3), np.array([[4]], np.int32))
    data = world([(0, 0), (0, 1), (0, 2)], n_items=5, given_test=given_test)
    with pytest.raises(
        UserError, match="^split = 'ratio': world comes with a test split of its own"
    ):
        split(data, "ratio", generator(0))


def test_the_ratio_is_80_10_10() -> None:
    """Of all rows, whoever's they are; each part keeps the file's order."""
    data = world([(n % 7, n) for n in range(103)])
    result = split(data, "ratio", generator(0))
    assert [len(part) for part in parts(result)] == [83, 10, 10]
    for part in (result.train, result.validation, result.test.take_out()[0]):
        assert (np.diff(part.items) > 0).all()


def test_the_ratio_split_follows_its_generator() -> None:
    data = world([(n % 7, n) for n in range(100)])
    one, same, other = (parts(split(data, "ratio", generator(seed))) for seed in (1, 1, 2))
    assert one == same
    assert one != other


@given(worlds(least=13), st.sampled_from(SPLITS))
def test_a_split_divides_the_interactions(data: Interactions, how: str) -> None:
    """Every pair is in exactly one part; those before test are in the order of the others."""
    result = split(data, how, generator(0))
    train, validation, test = parts(result)
    assert Counter(train + validation + test) == Counter(pairs_of(data))
    before = pairs_of(result.before_test)
    assert Counter(before) == Counter(train + validation)
    assert [pair for pair in before if pair in set(train)] == train


@given(worlds(least=13))
def test_leave_one_out_respects_time_and_history(data: Interactions) -> None:
    """Users of 3 and more have one pair in validation and one in test, in the order of time;
    users of fewer only train."""
    times = dict(zip(pairs_of(data), data.times.tolist(), strict=True))
    history = Counter(data.users.tolist())
    long_enough = sorted(user for user, n in history.items() if n >= 3)
    train, validation, test = parts(split(data, "leave-one-out", generator(0)))
    assert [user for user, _ in validation] == long_enough
    assert [user for user, _ in test] == long_enough
    for second, last in zip(validation, test, strict=True):
        earlier = [times[pair] for pair in train if pair[0] == last[0]]
        assert max(earlier) <= times[second] <= times[last]


@pytest.mark.parametrize("how", SPLITS)
def test_nothing_to_validate_on_is_a_persons_mistake(how: str) -> None:
    data = world([(0, 0), (0, 1), (1, 0)])
    with pytest.raises(
        UserError, match="^world: nothing to validate on; leave-one-out needs users"
    ):
        split(data, how, generator(0))


def test_there_are_two_splits() -> None:
    with pytest.raises(UserError, match="^split = 'halves': must be one of leave-one-out, ratio$"):
        split(world([(0, 0)]), "halves", generator(0))
