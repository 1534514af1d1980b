"""What the methods that go by a user's history share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from neumf.arrays import Floats
from neumf.baselines.histories import ByHistory
from neumf.data.interactions import Codes
from neumf.evaluation.ranking import rank
from neumf.protocol.problem import Candidates
from tests.neumf.baselines.fitting import trained_on
from tests.worlds import world


@dataclass(frozen=True)
class Tabulated:
    """The same scores for every user."""

    scores: Floats  # [n_items]

    @property
    def n_items(self) -> int:
        return len(self.scores)

    def score(self, users: Codes, items: Codes) -> Floats:
        return np.broadcast_to(self.scores[items], (len(users), items.shape[1]))


def test_small_differences_are_no_ties() -> None:
    """A score of .50004 is above one of .5, though within the width of a tie as it is."""
    scorer = Tabulated(np.array([0.5, 0.50004], np.float32))
    lists = Candidates(np.array([0], np.int32), np.array([[1, 0]], np.int32))
    assert rank(scorer, lists) == [2]
    assert rank(ByHistory(scorer, trained_on(world([(0, 0), (0, 1)]))), lists) == [1]


def test_newcomers_lists_are_scored_by_popularity() -> None:
    """And nobody else's, in one call for both, in lists of their own and for the catalogue."""
    problem = trained_on(world([(0, 0), (1, 0), (1, 1)], n_users=3, n_items=3))
    scorer = ByHistory(Tabulated(np.array([0.1, 0.2, 0.4], np.float32)), problem)
    users = np.array([2, 0], np.int32)
    lists = scorer.score(users, np.array([[1, 0], [2, 1]], np.int32))
    assert lists == pytest.approx(np.array([[1, 2], [409.6, 204.8]]))
    whole = scorer.score(users, np.array([[0, 1, 2]], np.int32))
    assert whole == pytest.approx(np.array([[2, 1, 0], [102.4, 204.8, 409.6]]))
