"""Both engines behind one interface: they are chosen as documented, and learn the same."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch

from neumf.arrays import Floats
from neumf.bench.shapes import ML_1M, ML_20M, ML_100K, Shape
from neumf.data.loading import load
from neumf.data.source import DataSource
from neumf.errors import UserError
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, initialise
from neumf.protocol.evaluation_protocol import EvaluationProtocol, make_problem, split_interactions
from neumf.protocol.problem import Problem
from neumf.training.divergence import Diverged
from neumf.training.engines.pytorch import TorchEngine
from neumf.training.engines.selection import make_trainer, resolve
from neumf.training.engines.updates import LAZY_FROM, updates_lazily
from neumf.training.loop import Epoch, train
from neumf.training.negatives import Sampler
from neumf.training.trainer import Trainer
from tests.worlds import blocks, problem_of

torch.set_num_threads(1)  # at these sizes more only wait for each other

BOTH = pytest.mark.parametrize("engine", ["fused", "torch"])


def trainer(engine: str, device: str, configuration: Configuration) -> Trainer[Any]:
    """As a run would have it, of a world of blocks."""
    problem = problem_of(blocks())
    parameters = initialise(Architecture.of(problem, configuration), np.random.default_rng(0))
    return make_trainer(engine, device, problem, configuration, parameters, 0)


def run(problem: Problem, engine: str, seed: int = 0, **values: Any) -> list[Epoch]:
    return list(train(problem, Configuration(**values), seed, engine=engine))


@pytest.mark.parametrize(
    ("engine", "device", "made"),
    [
        ("auto", "auto", "fused"),
        ("auto", "cpu", "fused"),
        ("fused", "auto", "fused"),
        ("torch", "auto", "torch"),
        ("torch", "cpu", "torch"),
    ],
)
def test_auto_is_the_cpu(
    engine: str, device: str, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every engine, also where there is a GPU; without a name, it is the fused engine."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert resolve(engine, device) == (made, "cpu")
    made_here = trainer(engine, device, Configuration())
    assert made_here.engine.name == made
    assert isinstance(made_here.source, Sampler)
    if isinstance(made_here.engine, TorchEngine):
        assert {p.device.type for p in made_here.engine._model.parameters()} == {"cpu"}


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_gpu_is_used_when_asked_for_by_name(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By PyTorch, whichever engine is named, and only where it is there."""
    there = {"cuda": torch.cuda, "mps": torch.backends.mps}[device]
    monkeypatch.setattr(there, "is_available", lambda: True)
    assert resolve("auto", device) == resolve("torch", device) == ("torch", device)
    monkeypatch.setattr(there, "is_available", lambda: False)
    with pytest.raises(UserError, match=f"'{device}' is not available here"):
        resolve("torch", device)


@pytest.mark.parametrize(
    ("engine", "device", "named"),
    [("jax", "cpu", "jax"), ("auto", "tpu", "tpu"), ("fused", "cuda", "cuda")],
)
def test_mistakes_are_named(engine: str, device: str, named: str) -> None:
    with pytest.raises(UserError, match=named):
        trainer(engine, device, Configuration())


@pytest.mark.slow
def test_fused_needs_no_torch() -> None:
    """A worker that trains on the CPU does not load PyTorch."""
    code = "from neumf.training.warm_up import warm_up; warm_up(); import sys;"
    code += " assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@BOTH
@pytest.mark.parametrize("update", ["dense", "lazy"])
def test_update_is_told(engine: str, update: str) -> None:
    assert trainer(engine, "cpu", Configuration(update=update)).engine.update == update


@pytest.mark.parametrize(("factors", "layers"), [(2, 1), (8, 3), (96, 1), (64, 8)])
def test_auto_depends_on_the_data_alone(factors: int, layers: int) -> None:
    """So all models of a study are updated alike: lazily from so many users and items on."""

    def lazy(rows: int, update: str = "auto") -> bool:
        return updates_lazily(
            Architecture(rows - 10, 10, factors, layers), Configuration(update=update)
        )

    assert [lazy(LAZY_FROM - 1), lazy(LAZY_FROM)] == [False, True]
    assert [lazy(LAZY_FROM, "dense"), lazy(20, "lazy")] == [False, True]


@pytest.mark.parametrize(
    ("shape", "lazy"),
    [(ML_100K, False), (ML_1M, False), (ML_20M, True)],
)
def test_auto_for_movielens(shape: Shape, lazy: bool) -> None:
    architecture = Architecture(shape.n_users, shape.n_items, 8, 3)
    assert updates_lazily(architecture, Configuration()) == lazy


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("update", ["dense", "lazy"])
def test_blocks_are_learnt(engine: str, update: str) -> None:
    """Where users like their own block only, the held-out item ranks above every item of other
    blocks: nothing but the other unseen item of the block may stand above it."""
    problem = problem_of(blocks(), candidates=30)
    epochs = run(
        problem, engine, epochs=15, patience=15, lr=2e-2, batch_size=32, dropout=0.1, update=update
    )
    assert max(epoch.metrics["HR@5"] for epoch in epochs) == 1.0
    assert epochs[-1].loss < 0.5 * epochs[0].loss


GMF_BY_SGD: dict[str, Any] = {
    "optimizer": "sgd",
    "gmf_factors": 16,
    "mlp_layers": 0,
    "lr": 0.05,
    "l2": 0.002,
    "init_std": 0.1,
    "schedule": "linear",
    "batch_size": 16,
}
"""Matrix factorisation, as it is best trained."""

FAMILY: dict[str, dict[str, Any]] = {
    "GMF by SGD": GMF_BY_SGD,
    "GMF by SGD in batches": GMF_BY_SGD
    | {"gmf_output": "learnt", "schedule": "cosine", "init_std": 0.3},
    "both by SGD": GMF_BY_SGD | {"mlp_layers": 1, "predictive_factors": 16, "dropout": 0.0},
    "MLP by SGD": GMF_BY_SGD
    | {"gmf_factors": 0, "mlp_layers": 2, "predictive_factors": 16, "dropout": 0.0, "l2": 0.0},
    "GMF by Adam": {"gmf_factors": 16, "mlp_layers": 0, "lr": 0.02, "l2": 0.001, "batch_size": 32},
    "MLP by Adam": {
        "gmf_factors": 0,
        "mlp_layers": 2,
        "predictive_factors": 16,
        "lr": 0.01,
        "dropout": 0.0,
        "batch_size": 32,
    },
}


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("member", FAMILY)
def test_the_family_is_learnt(engine: str, member: str) -> None:
    """GMF alone, the MLP alone and both, by SGD and by Adam, put the held-out item above every item
    of other blocks."""
    problem = problem_of(blocks(), candidates=30)
    epochs = run(problem, engine, epochs=30, patience=30, **FAMILY[member])
    assert max(epoch.metrics["HR@5"] for epoch in epochs) > 0.95
    assert epochs[-1].loss < 0.6 * epochs[0].loss


@BOTH
@pytest.mark.parametrize("member", ["GMF by SGD", "both by SGD"])
def test_sgd_repeats_to_the_last_bit(engine: str, member: str) -> None:
    problem = problem_of(blocks(n_blocks=2))
    first, second = (run(problem, engine, seed=3, epochs=2, **FAMILY[member]) for _ in range(2))
    assert [e.loss for e in first] == [e.loss for e in second]
    assert np.array_equal(first[-1].parameters.flat, second[-1].parameters.flat)


@pytest.mark.slow
@pytest.mark.parametrize("member", ["GMF by SGD", "both by SGD", "GMF by Adam"])
def test_learning_curves_of_the_family_are_the_same_over_seeds(member: str) -> None:
    """GMF alone too, which the one engine trains a sample and the other a batch at a time."""
    problem = problem_of(blocks(n_blocks=5, size=16, unseen=4), candidates=40)
    assert_same_curves(problem, 12, **FAMILY[member] | {"epochs": 6})


@pytest.mark.slow
@BOTH
def test_a_schedule_falls_over_the_epochs_of_the_run(engine: str) -> None:
    """The last epoch of a falling rate moves the model less than that of a constant one, and a
    longer budget falls more slowly: its first epochs are not those of a shorter one."""
    problem = problem_of(blocks())
    values = {name: value for name, value in GMF_BY_SGD.items() if name != "schedule"}

    def path(schedule: str, epochs: int) -> list[Floats]:
        return [
            epoch.parameters.flat.copy()
            for epoch in train(
                problem,
                Configuration(schedule=schedule, epochs=epochs, **values),
                0,
                engine=engine,
            )
        ]

    def last_move(schedule: str) -> float:
        *_, before, after = path(schedule, 6)
        return float(np.linalg.norm(after - before))

    assert last_move("linear") < 0.5 * last_move("constant")
    assert last_move("cosine") < last_move("linear")
    assert np.array_equal(path("constant", 4)[0], path("constant", 6)[0])
    assert not np.array_equal(path("linear", 4)[0], path("linear", 6)[0])


@BOTH
def test_a_run_repeats_to_the_last_bit(engine: str) -> None:
    problem = problem_of(blocks())
    first, second = (run(problem, engine, seed=3, epochs=3) for _ in range(2))
    assert [e.loss for e in first] == [e.loss for e in second]
    assert [e.metrics for e in first] == [e.metrics for e in second]
    assert np.array_equal(first[-1].parameters.flat, second[-1].parameters.flat)
    assert run(problem, engine, seed=4, epochs=3)[-1].loss != first[-1].loss


@pytest.mark.slow
@pytest.mark.parametrize("update", ["dense", "lazy"])
def test_learning_curves_are_the_same_over_seeds(update: str) -> None:
    problem = problem_of(blocks(n_blocks=5, size=16, unseen=4), candidates=40)
    hyperparameters = {"epochs": 6, "lr": 5e-3, "batch_size": 128, "update": update}
    assert_same_curves(problem, 12, **hyperparameters)


@pytest.mark.slow
@pytest.mark.network
def test_learning_curves_are_the_same_on_movielens() -> None:
    """MovieLens-100K, with large batches, of which PyTorch makes a second an epoch."""
    try:
        interactions = load(DataSource(source="ml-100k"))
    except UserError as error:
        pytest.skip(str(error))
    protocol = EvaluationProtocol()
    problem = make_problem(interactions, split_interactions(interactions, protocol, 0), protocol, 0)
    assert_same_curves(problem, 6, epochs=4, lr=2e-3, batch_size=1024)


def assert_same_curves(problem: Problem, seeds: int, **values: Any) -> None:
    """With masks of their own, the engines' mean loss and nDCG at each of several epochs differ by
    less than four standard errors over seeds."""
    curves = {
        engine: np.array(
            [
                [(e.loss, e.metrics["nDCG@10"]) for e in run(problem, engine, seed, **values)]
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
