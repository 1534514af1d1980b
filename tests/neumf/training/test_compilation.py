"""What is compiled once is not compiled again, and is cached on disk where that can be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core import caching
from numba.core.dispatcher import Dispatcher

from neumf import compiled, floating_point
from neumf.evaluation import ranking
from neumf.evaluation.ranking import rank
from neumf.hyperparameters import HYPERPARAMETERS, Configuration
from neumf.model import layout, scorer
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import Candidates, Problem
from neumf.training import negatives
from neumf.training.engines import adam, kernels, one_at_a_time, schedule, sgd
from neumf.training.loop import train
from neumf.training.warm_up import warm_up
from tests.worlds import blocks, problem_of

SPECIALISED = [
    value
    for module in (
        *(adam, floating_point, kernels, layout, negatives, one_at_a_time),
        *(ranking, schedule, scorer, sgd),
    )
    for value in vars(module).values()
    if isinstance(value, Dispatcher) and not value.targetoptions.get("inline")
]


@given(
    st.integers(0, 5),
    st.integers(1, 8),
    st.integers(-1, 20),
    st.sampled_from(["dense", "lazy"]),
    st.sampled_from(["every-epoch", "per-user"]),
    st.fixed_dictionaries(
        {
            name: st.sampled_from(HYPERPARAMETERS[name].choices)
            for name in ("optimizer", "schedule", "gmf_output")
        }
    ),
    st.sampled_from([0.0, 0.01]),
)
def test_nothing_compiles_again(
    layers: int,
    factors: int,
    gmf_factors: int,
    update: str,
    when: str,
    recipe: dict[str, Any],
    l2: float,
) -> None:
    """After the warm-up no architecture, configuration or mapped file is compiled for."""
    warm_up()
    before = [len(function.signatures) for function in SPECIALISED]
    configuration = Configuration(
        epochs=1,
        mlp_layers=layers if gmf_factors else layers + 1,
        predictive_factors=2 * factors,
        gmf_factors=gmf_factors,
        update=update,
        negatives=when,
        l2=l2,
        **recipe,
    )
    list(train(problem_of(blocks(n_blocks=2)), configuration, 0, engine="fused"))
    assert [len(function.signatures) for function in SPECIALISED] == before


def test_mapped_problems_compile_nothing(tmp_path: Path) -> None:
    """Nor do a saved problem's read-only arrays, sampled candidates or the whole catalogue."""
    warm_up()
    before = [len(function.signatures) for function in SPECIALISED]
    problem_of(blocks()).save(tmp_path)
    mapped = Problem.load(tmp_path)
    for array in (mapped.users, mapped.positives.items, mapped.validation.items):
        array.flags.writeable = False
    (epoch,) = train(mapped, Configuration(epochs=1), 0, engine="fused")
    lists = Candidates(mapped.validation.users, mapped.validation.items[:, :1], mapped.positives)
    rank(NeuMFScorer(epoch.parameters), lists)
    assert [len(function.signatures) for function in SPECIALISED] == before


def test_without_a_cache_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be written, functions are compiled and not kept."""

    def refuse(_: object) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(caching._CacheLocator, "ensure_cache_path", refuse)

    @compiled.jit
    def double(x: int) -> int:
        return 2 * x

    assert double(4) == 8
