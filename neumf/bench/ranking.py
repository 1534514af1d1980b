"""Evaluation: pairs ranked a second, among sampled candidates and in the whole catalogue."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from neumf.bench.timing import interleave
from neumf.evaluation.ranking import rank
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, initialise
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import Candidates, Problem
from neumf.seeds import generator


@dataclass(frozen=True)
class Ranking:
    """One kind of evaluation."""

    candidates: str  # "sampled" or "full"
    predictive_factors: int
    seconds: float
    pairs: int

    def asdict(self) -> dict[str, object]:
        return {**asdict(self), "pairs_per_s": self.pairs / self.seconds}


def time_ranking(problem: Problem, configuration: Configuration, rounds: int) -> list[Ranking]:
    """Both kinds, on one thread."""
    h = configuration
    a = Architecture.of(problem, h)
    parameters = initialise(a, generator(0, "bench"))
    lists = problem.validation

    def scorer() -> NeuMFScorer:
        return NeuMFScorer(parameters)  # its part of the work is part of an evaluation

    whole = Candidates(lists.users, lists.items[:, :1], problem.positives)
    seconds = interleave(
        {"sampled": lambda: rank(scorer(), lists), "full": lambda: rank(scorer(), whole)},
        rounds,
    )
    pairs = {"sampled": lists.items.size, "full": len(lists) * problem.n_items}
    return [Ranking(kind, h.predictive_factors, seconds[kind], pairs[kind]) for kind in seconds]
