"""EASE^R against its definition: each item regressed on all others."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neumf.baselines.ease import Ease, EaseScorer, regression
from neumf.protocol.problem import Problem
from tests.neumf.baselines.fitting import dense, problems, table


@given(problems(), st.floats(0.1, 100))
def test_weights_solve_the_regressions(problem: Problem, l2: float) -> None:
    """Column j is the ridge regression of item j on the others, solved by least squares with
    sqrt(l2) I beneath; its own weight is 0."""
    weights = regression(problem.positives, problem.n_items, l2)
    x = dense(problem).astype(float)
    for item in range(problem.n_items):
        others = np.arange(problem.n_items) != item
        ridge = np.sqrt(l2) * np.eye(problem.n_items - 1)
        target = np.concatenate([x[:, item], np.zeros(problem.n_items - 1)])
        expected, *_ = np.linalg.lstsq(np.vstack([x[:, others], ridge]), target)
        np.testing.assert_allclose(weights[others, item], expected, atol=1e-5)
        assert weights[item, item] == 0


@given(problems())
def test_scores_are_sums_over_the_history(problem: Problem) -> None:
    weights = np.random.default_rng(0).normal(size=(problem.n_items,) * 2).astype(np.float32)
    got = table(EaseScorer(problem.positives, weights), problem)
    np.testing.assert_allclose(got, dense(problem) @ weights, rtol=1e-4, atol=1e-5)


def test_its_limit_counts_what_it_holds() -> None:
    """As many items as fit, and not one more."""
    most = 15_811
    assert Ease().refusal(1, most, 1) is None
    assert Ease().refusal(1, most + 1, 1) is not None
