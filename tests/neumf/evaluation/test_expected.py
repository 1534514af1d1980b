"""Metrics of sampled lists, averaged over all draws without drawing."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.arrays import Doubles
from neumf.evaluation.expected import all_expected_gains, expected_gains
from neumf.metrics import METRICS, OBJECTIVE, Metric

metrics = st.sampled_from(list(METRICS.values()))


def expected(metric: Metric, rank: int, pool: int, candidates: int) -> float:
    return float(expected_gains(metric, np.array([rank]), np.array([pool]), candidates)[0])


@st.composite
def lists(draw: st.DrawFn, most: int) -> tuple[int, int]:
    """A pool, and a rank beside it."""
    pool = draw(st.integers(0, most))
    return draw(st.integers(1, pool + 1)), pool


@given(metrics, lists(most=9), st.integers(1, 10))
def test_it_is_the_mean_over_all_draws(
    metric: Metric, rank_and_pool: tuple[int, int], candidates: int
) -> None:
    """Every set of candidates that can be drawn, one by one: items 0 to rank - 2 are above."""
    rank, pool = rank_and_pool
    draws = combinations(range(pool), min(candidates, pool))
    ranks = np.array([1 + sum(item < rank - 1 for item in draw) for draw in draws])
    assert expected(metric, rank, pool, candidates) == pytest.approx(metric(ranks), abs=1e-14)


@given(metrics, lists(most=100_000), st.integers(1, 1000))
def test_large_pools_are_exact(
    metric: Metric, rank_and_pool: tuple[int, int], candidates: int
) -> None:
    """Against whole-number arithmetic of any length, rounded once at the end."""
    rank, pool = rank_and_pool
    drawn, above = min(candidates, pool), rank - 1
    gains = metric.gains(np.arange(1, metric.cutoff + 1))
    ways = [
        comb(above, j) * comb(pool - above, drawn - j) if j <= drawn else 0
        for j in range(metric.cutoff)
    ]
    exact = sum(gain * (way / comb(pool, drawn)) for gain, way in zip(gains, ways, strict=True))
    assert expected(metric, rank, pool, candidates) == pytest.approx(exact, rel=1e-12, abs=1e-200)


def test_real_draws_have_it_on_average() -> None:
    """10,000 draws of 99 from 1,500, 60 of them above: within four standard errors."""
    random = np.random.default_rng(0)
    ranks = np.array([1 + (random.permutation(1500)[:99] < 60).sum() for _ in range(10_000)])
    gains = OBJECTIVE.gains(ranks)
    error = gains.std() / len(gains) ** 0.5
    assert abs(expected(OBJECTIVE, 61, 1500, 99) - gains.mean()) < 4 * error
    assert error < 0.005


@given(metrics, st.integers(0, 2000), st.integers(1, 300))
def test_a_better_rank_never_gains_less(metric: Metric, pool: int, candidates: int) -> None:
    ranks = np.arange(1, pool + 2)
    gains = expected_gains(metric, ranks, np.full(len(ranks), pool), candidates)
    assert (np.diff(gains) <= 1e-12).all(), "but for rounding"
    assert gains[0] == 1
    assert (gains >= 0).all()


@given(metrics, lists(most=30), st.integers(0, 5))
def test_where_all_are_drawn_nothing_is_left_to_luck(
    metric: Metric, rank_and_pool: tuple[int, int], more: int
) -> None:
    rank, pool = rank_and_pool
    assert expected(metric, rank, pool, pool + more) == metric(np.array([rank]))


@given(st.lists(lists(most=500), max_size=20))
def test_several_metrics_are_each_as_by_itself(ranks_and_pools: list[tuple[int, int]]) -> None:
    """Metrics with other cutoffs beside them change nothing; lists stay in order."""
    ranks = np.array([rank for rank, _ in ranks_and_pools], np.int64)
    pool = np.array([pool for _, pool in ranks_and_pools], np.int64)
    together: Doubles = all_expected_gains(list(METRICS.values()), ranks, pool, 99)
    for metric, gains in zip(METRICS.values(), together, strict=True):
        np.testing.assert_array_equal(gains, expected_gains(metric, ranks, pool, 99))
    for n, (rank, size) in enumerate(ranks_and_pools):
        assert together[0, n] == expected(METRICS["HR@1"], rank, size, 99)


def test_a_rank_beyond_the_pool_is_our_mistake() -> None:
    for rank in (0, 12):
        with pytest.raises(AssertionError, match="at most one more than the pool"):
            expected(OBJECTIVE, rank, 10, 5)
