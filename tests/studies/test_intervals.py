"""Intervals of means over seeds and users hold what they claim to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.seeds import generator
from studies.results.intervals import estimate

WORLDS = [
    pytest.param(5, 300, 0.003, 0.1, 0.1, id="as measured"),
    pytest.param(5, 300, 0.0, 0.0, 0.1, id="nothing but chance"),
    pytest.param(5, 60, 0.1, 0.05, 0.1, id="seeds that differ"),
    pytest.param(2, 200, 0.001, 0.2, 0.1, id="two seeds"),
    pytest.param(1, 200, 0.0, 0.2, 0.1, id="one seed"),
]


@pytest.mark.parametrize(("seeds", "n", "of_seeds", "of_users", "rest"), WORLDS)
def test_it_holds_the_truth_as_often_as_it_says(
    seeds: int, n: int, of_seeds: float, of_users: float, rest: float
) -> None:
    """19 times in 20 in worlds with a known mean, of whatever parts the noise is made."""
    rng = generator(7, "intervals", seeds, n)
    held, rounds = 0, 400
    for _ in range(rounds):
        gains = 0.3 + of_seeds * rng.normal(size=(seeds, 1)) + of_users * rng.normal(size=(1, n))
        found = estimate(gains + rest * rng.normal(size=(seeds, n)), np.arange(n))
        held += found.low <= 0.3 <= found.high
    assert 0.91 <= held / rounds <= 0.99


def test_one_seed_gives_students_interval_over_users() -> None:
    gains = np.array([[0.1, 0.4, 0.3, 0.8]])
    found = estimate(gains, np.arange(4))
    reach = 3.182446305284263 * gains.std(ddof=1) / 2  # t of 3 degrees of freedom
    assert found.seeds == 1
    found_values = [found.low, found.mean, found.high]
    assert found_values == pytest.approx([0.4 - reach, 0.4, 0.4 + reach])


def test_a_users_lists_count_together() -> None:
    """Ten times the same list tell no more than one: the interval stays as wide."""
    gains = generator(1, "lists").random((3, 40))
    users = np.arange(40)
    once = estimate(gains, users)
    often = estimate(np.repeat(gains, 10, axis=1), np.repeat(users, 10))
    assert [often.mean, often.low] == pytest.approx([once.mean, once.low])


@given(st.integers(1, 4), st.integers(2, 6), st.integers(0, 2**32))
def test_shifting_shifts_and_scaling_scales(seeds: int, n: int, seed: int) -> None:
    gains = generator(seed, "gains").random((seeds, n))
    users = np.arange(n)
    before, after = estimate(gains, users), estimate(2 * gains + 1, users)
    for name in ("mean", "low", "high"):
        assert getattr(after, name) == pytest.approx(2 * getattr(before, name) + 1)
    assert before.low <= before.mean <= before.high


def test_what_cannot_be_told_is_not() -> None:
    """Of one user there is no interval; of gains that are all alike it is a point."""
    alone = estimate(np.array([[0.5], [0.7]]), np.array([3]))
    assert (alone.low, alone.high, alone.is_told) == (-math.inf, math.inf, False)
    assert alone.as_json() == {"mean": pytest.approx(0.6), "low": None, "high": None, "seeds": 2}
    alike = estimate(np.full((2, 3), 0.25), np.arange(3))
    assert (alike.low, alike.mean, alike.high) == (0.25, 0.25, 0.25)
    nothing = estimate(np.zeros((2, 0)), np.zeros(0, int))
    assert (nothing.mean, nothing.is_told) == (0.0, False)
