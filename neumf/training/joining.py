"""Evaluation of a model while it trains, by itself or joined to a GMF that was trained before."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from neumf.evaluation.mixtures import choose, rank_mixtures
from neumf.evaluation.ranking import rank
from neumf.hyperparameters import CHOSEN
from neumf.metrics import measure
from neumf.model.joining import join
from neumf.model.parameters import Parameters
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import Candidates

WEIGHTS = tuple(k / 20 for k in range(21))
"""Among which ``alpha`` is chosen: finer ones differ by less than the seeds do."""


class Evaluated(NamedTuple):
    """What an epoch came to."""

    metrics: dict[str, float]
    parameters: Parameters  # of the whole model; they may be the trainer's own
    alpha: float  # the weight of the GMF joined; 0 if there is none


class Evaluate(Protocol):
    """Measures what is being trained."""

    def __call__(self, parameters: Parameters) -> Evaluated: ...


class Alone:
    """Measures a model by itself."""

    def __init__(self, lists: Candidates, alpha: float = 0.0) -> None:
        self._lists = lists
        self._alpha = alpha

    def __call__(self, parameters: Parameters) -> Evaluated:
        ranks = rank(NeuMFScorer(parameters), self._lists)
        return Evaluated(measure(ranks), parameters, self._alpha)


class Joined:
    """Measures a model joined to ``gmf`` with weight ``alpha``, or with the best one."""

    def __init__(self, lists: Candidates, gmf: Parameters, alpha: float) -> None:
        self._lists = lists
        self._gmf = gmf
        self._scorer = NeuMFScorer(gmf)
        self._weights = WEIGHTS if alpha == CHOSEN else (alpha,)

    def __call__(self, parameters: Parameters) -> Evaluated:
        ranks = rank_mixtures(self._scorer, NeuMFScorer(parameters), self._weights, self._lists)
        best, honest = choose(ranks, self._lists.users)
        alpha = self._weights[best]
        return Evaluated(measure(honest), join(self._gmf, parameters, alpha), alpha)
