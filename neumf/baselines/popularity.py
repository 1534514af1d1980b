"""Popularity: the more users have an item, the higher it scores, whoever asks."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from neumf.arrays import Floats
from neumf.baselines.baseline import Baseline, Hyperparameters
from neumf.data.interactions import Codes
from neumf.evaluation.scoring import Scorer
from neumf.protocol.problem import Problem


class Popularity(Baseline):
    """The one that everything must beat."""

    name: ClassVar = "popularity"
    label: ClassVar = "popularity"
    grid: ClassVar = ({},)

    def fit(
        self, problem: Problem, hyperparameters: Hyperparameters, seed: int, threads: int = 1
    ) -> Scorer:
        del hyperparameters, seed, threads
        return PopularityScorer(problem)


class PopularityScorer:
    """The number of users that have an item."""

    def __init__(self, problem: Problem) -> None:
        self.n_items = problem.n_items
        self._counts = np.bincount(problem.items, minlength=problem.n_items).astype(np.float32)

    def score(self, users: Codes, items: Codes) -> Floats:
        return np.broadcast_to(self._counts[items], (len(users), items.shape[1]))
