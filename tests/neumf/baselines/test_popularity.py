"""Popularity counts."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from neumf.baselines.popularity import PopularityScorer
from neumf.protocol.problem import Problem
from tests.neumf.baselines.fitting import dense, problems, table


@given(problems())
def test_a_score_is_how_many_have_the_item(problem: Problem) -> None:
    scores = table(PopularityScorer(problem), problem)
    assert np.array_equal(scores, np.tile(dense(problem).sum(axis=0), (problem.n_users, 1)))
