"""Evaluation: pairs ranked a second, among sampled candidates and in the whole catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from neumf.bench.section import FACTORS, Column, Row, Section, whole
from neumf.bench.timing import interleave
from neumf.evaluation.ranking import rank
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, initialise
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import Candidates, Problem
from neumf.seeds import generator

COLUMNS = (
    Column("candidates", "candidates"),
    FACTORS,
    Column("pairs", "pairs", whole),
    Column("milliseconds", "seconds", lambda seconds: f"{1e3 * seconds:,.1f}"),
    Column("pairs/s", "pairs_per_s", whole),
)


def time_ranking(problem: Problem, configurations: Sequence[Configuration], rounds: int) -> Section:
    """Both kinds of candidates, on one thread."""
    rows = [row for h in configurations for row in _time(problem, h, rounds)]
    return Section("evaluation", "Evaluation", COLUMNS, rows)


def _time(problem: Problem, h: Configuration, rounds: int) -> list[Row]:
    parameters = initialise(Architecture.of(problem, h), generator(0, "bench"))
    lists = problem.validation

    def scorer() -> NeuMFScorer:
        return NeuMFScorer(parameters)  # what it computes beforehand is part of an evaluation

    whole_catalogue = Candidates(lists.users, lists.items[:, :1], problem.positives)
    seconds = interleave(
        {
            "sampled": lambda: rank(scorer(), lists),
            "full": lambda: rank(scorer(), whole_catalogue),
        },
        rounds,
    )
    pairs = {"sampled": lists.items.size, "full": len(lists) * problem.n_items}
    return [
        {
            "candidates": kind,
            "predictive_factors": h.predictive_factors,
            "seconds": seconds[kind],
            "pairs": pairs[kind],
            "pairs_per_s": pairs[kind] / seconds[kind],
        }
        for kind in seconds
    ]
