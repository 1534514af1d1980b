"""Compiles all that a training run with the fused engine calls, before a run needs it."""

from __future__ import annotations

import numpy as np

from neumf.evaluation.ranking import rank
from neumf.hyperparameters import Configuration
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import Candidates, ItemSets, Problem
from neumf.training.loop import train


def warm_up() -> None:
    """Compile, or load from the cache, all that a trial with the fused engine calls, so that no
    trial's clock counts it: tens of seconds the first time, then about one."""
    users, items = np.arange(2, dtype=np.int32), np.arange(2, dtype=np.int32)
    known = ItemSets.of(users, items, 2, 4)
    lists = Candidates(users, np.array([[2, 3], [3, 2]], np.int32))
    problem = Problem(2, 4, users, items, known, lists)
    for configuration in (
        Configuration(predictive_factors=2, mlp_layers=2, epochs=1),
        Configuration(gmf_factors=2, mlp_layers=0, optimizer="sgd", epochs=1),
        Configuration(predictive_factors=2, mlp_layers=2, optimizer="sgd", epochs=1),
    ):
        for epoch in train(problem, configuration, seed=0, engine="fused"):
            rank(NeuMFScorer(epoch.parameters), Candidates(users, lists.items[:, :1], known))
