"""What holds for every baseline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.baselines.catalogue import BASELINES
from neumf.protocol.problem import NO_ITEM, Candidates, Problem
from tests.neumf.baselines.fitting import SMALL, dense, problems, table, trained_on
from tests.worlds import blocks, world

every = pytest.mark.parametrize("name", BASELINES)


def test_they_are_the_four_that_are_promised() -> None:
    assert list(BASELINES) == ["popularity", "itemknn", "ease", "ials"]
    assert {name: baseline.name for name, baseline in BASELINES.items()} == {
        name: name for name in BASELINES
    }


@every
def test_a_grid_has_distinct_points_of_the_same_hyperparameters(name: str) -> None:
    grid = [dict(point) for point in BASELINES[name].grid]
    assert all(grid.count(point) == 1 for point in grid)
    assert all(set(point) == set(SMALL[name]) for point in grid)


@every
def test_a_grid_is_fitted_as_its_points_are(name: str) -> None:
    """To the last bit."""
    baseline, problem = BASELINES[name], trained_on(blocks(n_blocks=6, size=30))
    scorers = baseline.fit_all(problem, baseline.grid, 3, threads=2)
    for hyperparameters, scorer in zip(baseline.grid, scorers, strict=True):
        expected = table(baseline.fit(problem, hyperparameters, 3), problem)
        assert np.array_equal(table(scorer, problem), expected)


@every
@given(problem=problems(), seed=st.integers(0, 9))
def test_all_pairs_have_a_score(name: str, problem: Problem, seed: int) -> None:
    """Finite, the same whether asked for in lists or for the whole catalogue, and of NO_ITEM too:
    also for users and items that nothing is known of."""
    scorer = BASELINES[name].fit(problem, SMALL[name], seed)
    whole = table(scorer, problem)
    assert whole.dtype == np.float32
    assert np.isfinite(whole).all()
    assert scorer.n_items == problem.n_items
    random = np.random.default_rng(seed)
    users = random.integers(0, problem.n_users, 5).astype(np.int32)
    items = random.integers(NO_ITEM, problem.n_items, (5, 3)).astype(np.int32)
    got = scorer.score(users, items)
    assert got.dtype == np.float32
    there = items != NO_ITEM
    np.testing.assert_allclose(
        got[there],
        whole[users[:, None], items][there],
        rtol=1e-5,
        atol=1e-2 if name == "ials" else 0,
    )


@every
@given(problem=problems(), seed=st.integers(0, 9))
def test_whoever_is_new_is_scored_by_popularity(name: str, problem: Problem, seed: int) -> None:
    whole = table(BASELINES[name].fit(problem, SMALL[name], seed), problem)
    matrix = dense(problem)
    for user in np.flatnonzero(matrix.sum(axis=1) == 0):
        assert np.array_equal(whole[user], matrix.sum(axis=0))


@every
def test_the_numbers_are_the_same_to_the_last_bit(name: str) -> None:
    """Whatever the number of threads and the order of the pairs, and mapped from a file or not."""
    data = blocks(n_blocks=6, size=30)
    problem = trained_on(data)
    baseline = BASELINES[name]
    expected = table(baseline.fit(problem, SMALL[name], 3), problem)
    for threads in (1, 2, 5):
        got = table(baseline.fit(problem, SMALL[name], 3, threads), problem)
        assert np.array_equal(got, expected)
    shuffled = np.random.default_rng(0).permutation(len(problem.users))
    other = replace(problem, users=problem.users[shuffled], items=problem.items[shuffled])
    assert np.array_equal(table(baseline.fit(other, SMALL[name], 3), problem), expected)


@every
def test_a_mapped_problem_gives_the_same_numbers(name: str, tmp_path: Path) -> None:
    problem = trained_on(blocks())
    problem.save(tmp_path)
    mapped = Problem.load(tmp_path)
    one, other = (table(BASELINES[name].fit(p, SMALL[name], 0), p) for p in (problem, mapped))
    assert np.array_equal(one, other)


@every
def test_only_ials_draws(name: str) -> None:
    problem = trained_on(blocks())
    one, other = (
        table(BASELINES[name].fit(problem, SMALL[name], seed), problem) for seed in (0, 1)
    )
    assert np.array_equal(one, other) == (name != "ials")


@every
def test_validation_lists_are_not_learnt_from(name: str) -> None:
    problem = trained_on(blocks())
    users, items = np.array([0, 1], np.int32), np.array([[40], [41]], np.int32)
    other = replace(problem, validation=Candidates(users, items))
    one, two = (table(BASELINES[name].fit(p, SMALL[name], 0), p) for p in (problem, other))
    assert np.array_equal(one, two)


@pytest.mark.parametrize("name", [name for name in BASELINES if name != "popularity"])
def test_what_belongs_together_is_found(name: str) -> None:
    """Users like their block's items: all of these score above all others."""
    n_blocks, size = 4, 12
    problem = trained_on(blocks(n_blocks, size))
    whole = table(BASELINES[name].fit(problem, {**SMALL[name], "neighbours": 11}, 0), problem)
    mine = np.kron(np.eye(n_blocks, dtype=bool), np.ones((size, size), bool))
    assert (
        whole.min(axis=1, where=mine, initial=np.inf)
        > whole.max(axis=1, where=~mine, initial=-np.inf)
    ).all()


@every
@pytest.mark.parametrize(("n_users", "n_items"), [(1, 1), (1, 5), (5, 1)])
def test_the_smallest_worlds_do(name: str, n_users: int, n_items: int) -> None:
    problem = trained_on(world([(0, 0)], n_users=n_users, n_items=n_items))
    assert np.isfinite(table(BASELINES[name].fit(problem, SMALL[name], 0), problem)).all()


@every
def test_a_refusal_follows_from_the_size(name: str) -> None:
    """MovieLens-1M is for all; MovieLens-20M has too many items for EASE^R."""
    baseline = BASELINES[name]
    assert baseline.refusal(6_040, 3_706, 1_000_209) is None
    refusal = baseline.refusal(138_493, 26_744, 20_000_263)
    if name == "ease":
        assert refusal == (
            "needs 11.4 GB for its matrix of 26,744 by 26,744 items; the limit is 4 GB"
        )
    else:
        assert refusal is None
