"""Training flushes denormal numbers and gives the caller's state back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from neumf import floating_point
from neumf.arrays import Floats
from neumf.floating_point import (
    FLUSH,
    read_register,
    write_register,
)
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, Parameters, initialise
from neumf.training import run as run_module
from neumf.training.engines.fused import FusedEngine
from neumf.training.engines.pytorch import TorchEngine
from neumf.training.loop import train
from neumf.training.negatives import Samples
from tests.neumf.denormals import denormals
from tests.worlds import blocks, problem_of

torch.set_num_threads(1)  # at these sizes more only wait for each other

pytestmark = [
    pytest.mark.skipif(not FLUSH, reason="nothing is flushed on this processor"),
    pytest.mark.usefixtures("register"),
]
BOTH = pytest.mark.parametrize("engine", ["fused", "torch"])


@dataclass(frozen=True)
class Case:
    """40 users and 40 items, of which the batches hold 20 each. Idle rows are tiny, as they are
    after epochs of weight decay: their gradients are denormal, and so are their moments."""

    architecture = Architecture(40, 40, 4, 1)
    configuration = Configuration(
        predictive_factors=4, mlp_layers=1, batch_size=8, weight_decay=1e-6
    )

    def samples(self, steps: int = 40) -> Samples:
        random = np.random.default_rng(0)
        users, items = (random.integers(0, 20, 8 * steps).astype(np.int32) for _ in range(2))
        return Samples(users, items, (users == items).astype(np.uint8))

    def engine(self, name: str) -> FusedEngine | TorchEngine:
        parameters = initialise(self.architecture, np.random.default_rng(0))
        parameters.user_rows[20:] *= np.float32(1e-31)
        parameters.item_rows[20:] *= np.float32(1e-31)
        return (FusedEngine if name == "fused" else TorchEngine)(parameters, self.configuration, 0)


CASE = Case()


def state(engine: FusedEngine | TorchEngine) -> list[Floats]:
    """Parameters and moments."""
    if isinstance(engine, FusedEngine):
        return [*engine.tables, *engine.layers]
    adam = engine._optimisers[0].state
    each = [(p.detach(), moments["exp_avg"], moments["exp_avg_sq"]) for p, moments in adam.items()]
    return [tensor.numpy() for tensors in each for tensor in tensors]


@BOTH
def test_decay_leaves_no_denormals(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the parameters nor in the moments, where hundreds are if denormals are kept."""
    trained = CASE.engine(engine)
    trained.train([CASE.samples()])
    assert denormals(state(trained)) == 0
    monkeypatch.setattr(floating_point, "FLUSH", 0)
    untreated = CASE.engine(engine)
    untreated.train([CASE.samples()])
    assert denormals(state(untreated)) > 100


@BOTH
def test_training_is_the_same_whatever_the_caller_has_set(engine: str) -> None:
    """To the last bit: twice, and once where denormals are flushed already."""
    results = []
    for flushing in (False, False, True):
        word = read_register() | FLUSH if flushing else read_register() & ~FLUSH
        write_register(word)
        trained = CASE.engine(engine)
        loss = trained.train([CASE.samples()])
        results.append((loss, trained.parameters.flat.tobytes()))
        assert read_register() & FLUSH == word & FLUSH
    assert results[0] == results[1] == results[2]


@BOTH
def test_samples_are_drawn_in_the_callers_state(engine: str) -> None:
    """While chunks are drawn, and when drawing raises, the register is as the caller had it."""

    def chunks() -> Iterator[Samples]:
        assert read_register() & FLUSH == 0
        yield CASE.samples(steps=1)
        assert read_register() & FLUSH == 0
        raise InterruptedError

    with pytest.raises(InterruptedError):
        CASE.engine(engine).train(chunks())
    assert read_register() & FLUSH == 0


@BOTH
def test_a_run_is_the_same_whatever_the_caller_has_set(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Losses, metrics and parameters, to the last bit, from embeddings that begin as denormals."""

    def tiny(
        architecture: Architecture, random: np.random.Generator, h: Configuration
    ) -> Parameters:
        parameters = initialise(architecture, random, h)
        parameters.flat[: architecture.table_size] *= np.float32(1e-37)
        return parameters

    monkeypatch.setattr(run_module, "initialise", tiny)
    problem = problem_of(blocks(), candidates=10)
    h = Configuration(predictive_factors=4, epochs=2, batch_size=64, weight_decay=1e-3)

    def run() -> list[tuple[float, dict[str, float], bytes]]:
        epochs = train(problem, h, 0, engine=engine)
        return [(e.loss, e.metrics, e.parameters.flat.tobytes()) for e in epochs]

    kept = run()
    write_register(read_register() | FLUSH)
    assert run() == kept
