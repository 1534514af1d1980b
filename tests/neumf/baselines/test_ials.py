"""iALS against its objective."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.baselines import ials
from neumf.baselines.ials import FactorScorer, alternate, penalties
from neumf.protocol.problem import Problem
from tests.neumf.baselines.fitting import dense, problems, table, trained_on
from tests.worlds import blocks


def loss(problem: Problem, factors: FactorScorer, alpha: float, l2: float) -> float:
    """What iALS minimises, term by term."""
    x, (u, v) = dense(problem).astype(float), as_doubles(factors)
    of_users, of_items = penalties(
        x.sum(axis=1).astype(np.int64), x.sum(axis=0).astype(np.int64), alpha, l2
    )
    scores = u @ v.T
    fit = (x * (1 - scores) ** 2).sum() + alpha * (scores**2).sum()
    return float(fit + of_users @ (u**2).sum(axis=1) + of_items @ (v**2).sum(axis=1))


def as_doubles(factors: FactorScorer) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    return factors.of_users.astype(float), factors.of_items.astype(float)


@given(problems(), st.floats(0.05, 2), st.floats(0.1, 5), st.integers(0, 9))
def test_no_sweep_makes_it_worse(problem: Problem, alpha: float, l2: float, seed: int) -> None:
    losses = [loss(problem, f, alpha, l2) for f in alternate(problem, 3, alpha, l2, seed, 1)]
    for before, after in pairwise(losses):
        assert after <= before * (1 + 1e-5)


def test_it_ends_where_no_step_is_downhill(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of many sweeps, moving any factor a little either way does not help."""
    monkeypatch.setattr(ials, "SWEEPS", 200)
    problem, alpha, l2 = trained_on(blocks(2, 6)), 0.3, 0.5
    *_, end = alternate(problem, 3, alpha, l2, 0, 1)
    least = loss(problem, end, alpha, l2)
    random = np.random.default_rng(0)
    for _ in range(50):
        users, items = (
            factors + 0.01 * random.normal(size=factors.shape).astype(np.float32)
            for factors in (end.of_users, end.of_items)
        )
        assert loss(problem, FactorScorer(users, end.of_items), alpha, l2) > least
        assert loss(problem, FactorScorer(end.of_users, items), alpha, l2) > least


def test_penalties_grow_with_the_history() -> None:
    """Their mean over users is l2; a user of n items has one in proportion to n + alpha * all
    items, an item likewise, and both with the same factor."""
    of_users, of_items = penalties(np.array([1, 3]), np.array([2, 1, 1]), 0.5, 6)
    assert of_users.mean() == pytest.approx(6)
    assert of_users.tolist() == pytest.approx([6 * 2.5 / 3.5, 6 * 4.5 / 3.5])
    assert of_items.tolist() == pytest.approx([6 * 3 / 3.5, 6 * 2 / 3.5, 6 * 2 / 3.5])


def test_it_learns_what_users_have() -> None:
    """With little penalty and factors enough, positives score near 1 and others near 0."""
    problem = trained_on(blocks(3, 8, unseen=0))
    *_, end = alternate(problem, 8, 0.01, 0.01, 0, 1)
    np.testing.assert_allclose(table(end, problem), dense(problem), atol=0.05)
