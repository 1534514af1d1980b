"""Evaluation of a model while it trains, by itself or joined to a GMF that was trained before."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from neumf.evaluation.mixtures import Mixtures, choose
from neumf.evaluation.ranking import rank
from neumf.hyperparameters import CHOSEN
from neumf.metrics import measure
from neumf.model.joining import join, joined_architecture
from neumf.model.parameters import Architecture, Parameters
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import Candidates

WEIGHTS = tuple(k / 20 for k in range(21))
"""Among which ``alpha`` is chosen: finer ones differ by less than the seeds do."""


class Evaluated(NamedTuple):
    """What an epoch came to."""

    metrics: dict[str, float]
    architecture: Architecture  # of the whole model
    make_parameters: Callable[[], Parameters]  # the whole model's: a join is made if asked for
    alpha: float  # the weight of the GMF joined; 0 if there is none


class Evaluate(Protocol):
    """Measures what is being trained."""

    def __call__(self, parameters: Parameters) -> Evaluated: ...


class Alone:
    """Measures a model by itself. ``alpha`` is the weight that the GMF in it once had."""

    def __init__(self, lists: Candidates, alpha: float = 0.0) -> None:
        self._lists = lists
        self._alpha = alpha

    def __call__(self, parameters: Parameters) -> Evaluated:
        ranks = rank(NeuMFScorer(parameters), self._lists)
        return Evaluated(measure(ranks), parameters.architecture, lambda: parameters, self._alpha)


class Joined:
    """Measures a model joined to ``gmf`` with weight ``alpha``, or with the best one."""

    def __init__(self, lists: Candidates, gmf: Parameters, alpha: float) -> None:
        self._lists = lists
        self._gmf = gmf
        self._mixtures = Mixtures(NeuMFScorer(gmf), lists)
        self._weights = WEIGHTS if alpha == CHOSEN else (alpha,)

    def __call__(self, parameters: Parameters) -> Evaluated:
        ranks = self._mixtures.rank(NeuMFScorer(parameters), self._weights)
        best, honest = choose(ranks, self._lists.users)
        alpha = self._weights[best]
        architecture = joined_architecture(self._gmf.architecture, parameters.architecture)
        return Evaluated(
            measure(honest), architecture, lambda: join(self._gmf, parameters, alpha), alpha
        )
