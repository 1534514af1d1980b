"""Preparing a problem as a person sees it."""

from __future__ import annotations

from rich.console import Console

from neumf.data.interactions import Interactions
from neumf.protocol.evaluation_protocol import (
    EvaluationProtocol,
    describe_candidates,
    make_problem,
    split_interactions,
)
from neumf.protocol.problem import Problem
from neumf.protocol.split import Split
from neumf.waiting import waiting


def prepare_with_progress(
    interactions: Interactions, protocol: EvaluationProtocol, seed: int, console: Console
) -> tuple[Split, Problem, str | None]:
    """The split of ``interactions``, what is trained on, and a line if lists are short; see
    :mod:`neumf.protocol.evaluation_protocol`."""
    with waiting(console, "splitting the data and drawing candidates"):
        parts = split_interactions(interactions, protocol, seed)
        problem = make_problem(interactions, parts, protocol, seed)
        return parts, problem, describe_candidates(interactions, parts, protocol)
