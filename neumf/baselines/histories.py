"""What the methods that go by a user's history share: newcomers, and the scale of scores."""

from __future__ import annotations

import numpy as np

from neumf.arrays import Floats
from neumf.baselines.popularity import PopularityScorer
from neumf.data.interactions import Codes
from neumf.evaluation.scoring import Scorer
from neumf.protocol.problem import Problem

SPREAD = np.float32(1024)
"""Ranking holds scores that differ by less than 6e-5 for the same, as a network's may only differ
by rounding. These methods' scores lie between 0 and 1, and true differences may be as small. (On
MovieLens-1M such ties cost EASE^R .0001 in HR@10 and nDCG@10.) A power of two rounds nothing."""


class ByHistory:
    """Another scorer's scores, spread out; popularity for users without a history.

    For these the methods have nothing to say: all their scores would tie, and ties count against a
    model.
    """

    def __init__(self, scorer: Scorer, problem: Problem) -> None:
        self.n_items = scorer.n_items
        self._scorer = scorer
        self._popularity = PopularityScorer(problem)
        self._new = problem.positives.counts == 0

    def score(self, users: Codes, items: Codes) -> Floats:
        scores = SPREAD * self._scorer.score(users, items)
        new = self._new[users]
        if new.any():
            rows = items if len(items) == 1 else items[new]
            scores[new] = self._popularity.score(users[new], rows)
        return scores
