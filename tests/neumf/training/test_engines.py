"""Both engines behind one interface: they are chosen as documented, and learn the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numba.core import caching
from numba.core.dispatcher import Dispatcher

from neumf import compiled
from neumf.data.loading import load
from neumf.data.source import DataSource
from neumf.errors import UserError
from neumf.evaluation import ranking as evaluation
from neumf.evaluation.ranking import rank
from neumf.hyperparameters import Configuration
from neumf.model import layout
from neumf.model.parameters import Architecture, Parameters, initialise
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.evaluation_protocol import EvaluationProtocol, make_problem, split_interactions
from neumf.protocol.problem import Candidates, Problem
from neumf.training import negatives
from neumf.training.engines import kernels
from neumf.training.engines.interface import LAZY_FROM, make, updates_lazily
from neumf.training.loop import Diverged, Epoch, train
from neumf.training.warm_up import warm_up
from tests.worlds import blocks, problem_of

torch.set_num_threads(1)  # at these sizes more only wait for each other

BOTH = pytest.mark.parametrize("engine", ["fused", "torch"])


def fresh(configuration: Configuration, n_users: int = 5, n_items: int = 6) -> Parameters:
    h = configuration
    architecture = Architecture(n_users, n_items, h.predictive_factors, h.mlp_layers)
    return initialise(architecture, np.random.default_rng(0))


def run(problem: Problem, engine: str, seed: int = 0, **settings: Any) -> list[Epoch]:
    return list(train(problem, Configuration(**settings), seed, engine=engine))


@pytest.mark.parametrize(
    ("engine", "device", "made"),
    [("auto", "auto", "fused"), ("auto", "cpu", "fused"), ("torch", "cpu", "torch")],
)
def test_choice(engine: str, device: str, made: str) -> None:
    """``auto`` is the fused engine on the CPU."""
    configuration = Configuration()
    assert make(engine, device, fresh(configuration), configuration, 0).name == made


@pytest.mark.parametrize(
    ("engine", "device", "named"),
    [("jax", "cpu", "jax"), ("auto", "tpu", "tpu"), ("fused", "cuda", "cuda")],
)
def test_mistakes_are_named(engine: str, device: str, named: str) -> None:
    configuration = Configuration()
    with pytest.raises(UserError, match=named):
        make(engine, device, fresh(configuration), configuration, 0)


def test_fused_needs_no_torch() -> None:
    """A worker that trains on the CPU does not load PyTorch."""
    code = "from neumf.training.warm_up import warm_up; warm_up(); import sys;"
    code += " assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@BOTH
@pytest.mark.parametrize("update", ["dense", "lazy"])
def test_update_is_told(engine: str, update: str) -> None:
    configuration = Configuration(update=update)
    made = make(engine, "cpu", fresh(configuration), configuration, 0)
    assert made.update == update


def test_auto_is_lazy_for_large_tables() -> None:
    configuration = Configuration()
    small = fresh(configuration)
    rows = LAZY_FROM // small.architecture.row_width
    assert not updates_lazily(small, configuration)
    assert updates_lazily(fresh(configuration, n_users=rows), configuration)
    assert not updates_lazily(fresh(configuration, rows), Configuration(update="dense"))


@BOTH
@pytest.mark.parametrize("update", ["dense", "lazy"])
def test_blocks_are_learnt(engine: str, update: str) -> None:
    """Where users like their own block only, the held-out item ranks above every item of other
    blocks: nothing but the other unseen item of the block may stand above it."""
    problem = problem_of(blocks(), candidates=30)
    epochs = run(
        problem, engine, epochs=30, patience=30, lr=1e-2, batch_size=32, dropout=0.1, update=update
    )
    assert max(epoch.metrics["HR@5"] for epoch in epochs) == 1.0
    assert epochs[-1].loss < 0.5 * epochs[0].loss


@BOTH
def test_a_run_repeats_to_the_last_bit(engine: str) -> None:
    problem = problem_of(blocks())
    first, second = (run(problem, engine, seed=3, epochs=3) for _ in range(2))
    assert [e.loss for e in first] == [e.loss for e in second]
    assert [e.metrics for e in first] == [e.metrics for e in second]
    assert np.array_equal(first[-1].parameters.flat, second[-1].parameters.flat)
    assert run(problem, engine, seed=4, epochs=3)[-1].loss != first[-1].loss


@pytest.mark.parametrize("update", ["dense", "lazy"])
def test_learning_curves_are_the_same_over_seeds(update: str) -> None:
    problem = problem_of(blocks(n_blocks=5, size=16, unseen=4), candidates=40)
    settings = {"epochs": 6, "lr": 5e-3, "batch_size": 128, "update": update}
    assert_same_curves(problem, 12, **settings)


def test_learning_curves_are_the_same_on_movielens() -> None:
    """MovieLens-100K, with large batches, of which PyTorch makes a second an epoch."""
    try:
        interactions = load(DataSource(source="ml-100k"))
    except UserError as error:
        pytest.skip(str(error))
    protocol = EvaluationProtocol()
    problem = make_problem(interactions, split_interactions(interactions, protocol, 0), protocol, 0)
    assert_same_curves(problem, 6, epochs=4, lr=2e-3, batch_size=1024)


def assert_same_curves(problem: Problem, seeds: int, **settings: Any) -> None:
    """With masks of their own, the engines' mean loss and nDCG at each of several epochs differ by
    less than four standard errors over seeds."""
    curves = {
        engine: np.array(
            [
                [(e.loss, e.metrics["nDCG@10"]) for e in run(problem, engine, seed, **settings)]
                for seed in range(seeds)
            ]
        )
        for engine in ("fused", "torch")
    }
    fused, reference = curves["fused"], curves["torch"]
    error = np.sqrt((fused.var(axis=0, ddof=1) + reference.var(axis=0, ddof=1)) / seeds)
    assert (np.abs(fused.mean(axis=0) - reference.mean(axis=0)) < 4 * error + 1e-3).all()


@BOTH
def test_divergence_is_seen(engine: str) -> None:
    """A learning rate that ruins the model ends the run; it does not give a number."""
    problem = problem_of(blocks())
    with pytest.raises(Diverged):
        run(problem, engine, lr=1.0, mlp_layers=6, predictive_factors=32, epochs=50, patience=50)


SPECIALISED = [
    value
    for module in (kernels, evaluation, layout, negatives)
    for value in vars(module).values()
    if isinstance(value, Dispatcher) and not value.targetoptions.get("inline")
]


@given(
    st.integers(1, 5),
    st.integers(1, 8),
    st.sampled_from(["dense", "lazy"]),
    st.sampled_from(["every-epoch", "per-user"]),
)
def test_nothing_compiles_again(layers: int, factors: int, update: str, when: str) -> None:
    """After the warm-up no architecture, configuration or mapped file is compiled for."""
    warm_up()
    before = [len(function.signatures) for function in SPECIALISED]
    run(
        problem_of(blocks(n_blocks=2)),
        "fused",
        epochs=1,
        mlp_layers=layers,
        predictive_factors=2 * factors,
        update=update,
        negatives=when,
    )
    assert [len(function.signatures) for function in SPECIALISED] == before


def test_mapped_problems_compile_nothing(tmp_path: Path) -> None:
    """Nor do a saved problem's read-only arrays, sampled candidates or the whole catalogue."""
    warm_up()
    before = [len(function.signatures) for function in SPECIALISED]
    problem_of(blocks()).save(tmp_path)
    mapped = Problem.load(tmp_path)
    for array in (mapped.users, mapped.positives.items, mapped.validation.items):
        array.flags.writeable = False
    epoch = run(mapped, "fused", epochs=1)[0]
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
