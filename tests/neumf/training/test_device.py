"""Sampling where a GPU trains, run on the CPU device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neumf.compiled import jit
from neumf.compiled import mix as compiled_mix
from neumf.evaluation.ranking import rank
from neumf.hyperparameters import Configuration
from neumf.metrics import METRICS
from neumf.model.parameters import Architecture, initialise
from neumf.model.scorer import NeuMFScorer
from neumf.training.engines.device_sampler import DeviceSampler, tensor_mix
from neumf.training.engines.pytorch import TorchEngine
from neumf.training.negatives import Sampler
from tests.worlds import blocks, problem_of

CPU = torch.device("cpu")


@jit
def _mixed(seed: np.uint64, numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    return np.array([compiled_mix(seed, n) for n in numbers])


@given(
    seed=st.integers(0, 2**64 - 1),
    numbers=st.lists(st.integers(0, 2**62), min_size=1, max_size=20),
)
def test_the_hash_is_that_of_the_compiled_code(seed: int, numbers: list[int]) -> None:
    """Signed words on the device, unsigned ones in compiled code: the same bits."""
    signed = seed - (1 << 64) if seed >> 63 else seed
    found = tensor_mix(signed, torch.tensor(numbers)).numpy().view(np.uint64)
    assert (found == _mixed(np.uint64(seed), np.array(numbers, np.uint64))).all()


@pytest.mark.parametrize("when", ["every-epoch", "once", "per-user"])
@pytest.mark.parametrize("ratio", [1, 4, 10_000])
def test_the_samples_are_those_of_the_cpu(when: str, ratio: int) -> None:
    """The same positives and negatives, epoch by epoch, in another order."""
    problem = problem_of(blocks())
    configuration = Configuration(negatives=when, negative_ratio=min(ratio, 1000))
    ours, device = Sampler(problem, configuration, 7), DeviceSampler(problem, configuration, 7, CPU)
    assert ours.size == device.size
    orders = []
    for number in (1, 2):
        expected = [(c.users, c.items, c.labels) for c in ours.epoch(number)]
        drawn = [(c.users.numpy(), c.items.numpy(), c.labels.numpy()) for c in device.epoch(number)]
        orders.append(np.concatenate([users for users, _, _ in drawn]))
        assert _sorted(expected) == _sorted(drawn)
    assert (orders[0] != orders[1]).any(), "an epoch's order is its own"


def _sorted(chunks: Sequence[tuple[npt.NDArray[Any], ...]]) -> list[tuple[int, int, int]]:
    users, items, labels = (np.concatenate(column) for column in zip(*chunks, strict=True))
    return sorted(zip(map(int, users), map(int, items), map(int, labels), strict=True))


def test_torch_learns_from_them() -> None:
    """A world of blocks, solved with samples that never leave the device."""
    problem = problem_of(blocks())
    configuration = Configuration(predictive_factors=8, mlp_layers=1, lr=0.02, dropout=0.0)
    architecture = Architecture(problem.n_users, problem.n_items, 8, 1)
    parameters = initialise(architecture, np.random.default_rng(0))
    engine = TorchEngine(parameters, configuration, 1, "cpu")
    sampler = DeviceSampler(problem, configuration, 1, CPU)
    losses = [engine.train(sampler.epoch(number)) for number in range(1, 16)]
    assert losses[-1] < losses[0] / 2
    assert METRICS["HR@5"](rank(NeuMFScorer(engine.parameters), problem.validation)) > 0.9
