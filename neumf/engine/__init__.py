"""The inner training step, behind one small interface.

An engine owns a model's parameters and its optimiser's state. It is fed an epoch's samples and
knows nothing of negatives, evaluation or stopping.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, cast

import numpy as np

from neumf.errors import UserError
from neumf.hyperparameters import Hyperparameters
from neumf.negatives import Sampler, Samples
from neumf.parameters import Parameters
from neumf.problem import Candidates, ItemSets, Problem

LAZY_FROM = 2_000_000
"""``update = "auto"``: embedding parameters from which a step updates its batch's rows only.

About there parameters, gradient and moments outgrow a processor's last cache (32 MB), and dense
Adam the rest of the step: with 8 factors and 3 layers it makes a step 1.3 ms, where a lazy one
takes 0.1. It is not for small tables, since lazy updates rank a little worse: nDCG@10 lower by .003
in three settings on MovieLens-100K (five seeds) and by .002 on MovieLens-1M (three seeds)."""

ENGINES = ("auto", "fused", "torch")
DEVICES = ("auto", "cpu", "cuda", "mps")
ON_CPU = ("auto", "cpu")
"""Where the fused engine runs. A GPU is used when asked for by name."""


class Engine(Protocol):
    """Trains one NeuMF: binary cross-entropy on logits, Adam, L2 weight decay."""

    name: str
    update: str  # "dense" or "lazy": which embedding rows a step updates

    def train(self, chunks: Iterable[Samples]) -> float:
        """One epoch: a step for every ``batch_size`` samples. Returns the mean loss."""
        ...

    @property
    def parameters(self) -> Parameters:
        """The parameters as they are now, on the CPU; valid until the next ``train``."""
        ...


def updates_lazily(parameters: Parameters, hyperparameters: Hyperparameters) -> bool:
    """Whether a step updates only the embedding rows in its batch."""
    if hyperparameters.update == "auto":
        return parameters.architecture.table_size >= LAZY_FROM
    return hyperparameters.update == "lazy"


def check(name: str, device: str) -> None:
    """Raises UserError: no such engine or device here, or not together."""
    if name not in ENGINES:
        raise UserError(f"unknown engine {name!r}: must be one of {', '.join(ENGINES)}")
    if device not in DEVICES:
        raise UserError(f"unknown device {device!r}: must be one of {', '.join(DEVICES)}")
    if device in ON_CPU:
        return
    if name == "fused":
        raise UserError(f"the fused engine runs on the CPU, not on {device!r}; use --engine torch")
    from neumf.engine.torch import find_device

    find_device(device)


def make(
    name: str, device: str, parameters: Parameters, hyperparameters: Hyperparameters, seed: int
) -> Engine:
    """The engine called ``name`` on ``device``, owning ``parameters``.

    ``auto`` is the fused engine unless a GPU is asked for by name; PyTorch is not even imported.

    Raises:
        UserError: no such engine or device here.
    """
    check(name, device)
    if name == "torch" or device not in ON_CPU:
        from neumf.engine.torch import TorchEngine

        return TorchEngine(parameters, hyperparameters, seed, device)
    from neumf.engine.fused import FusedEngine

    return FusedEngine(parameters, hyperparameters, seed)


def make_sampler(
    name: str, device: str, problem: Problem, hyperparameters: Hyperparameters, seed: int
) -> Sampler:
    """What draws the samples for that engine: on a GPU, they are drawn there and stay there."""
    if name == "torch" or device not in ON_CPU:
        from neumf.engine.device import DeviceSampler
        from neumf.engine.torch import find_device

        found = find_device(device)
        if found.type != "cpu":
            return cast("Sampler", DeviceSampler(problem, hyperparameters, seed, found))
    return Sampler(problem, hyperparameters, seed)


def warm_up() -> None:
    """Compile, or load from the cache, all that a trial on the CPU calls, so that no trial pays
    for it: seconds the first time, then well under one."""
    from neumf.evaluation import rank
    from neumf.training import train

    users, items = np.arange(2, dtype=np.int32), np.arange(2, dtype=np.int32)
    known = ItemSets.of(users, items, 2, 4)
    lists = Candidates(users, np.array([[2, 3], [3, 2]], np.int32))
    problem = Problem(2, 4, users, items, known, lists)
    hyperparameters = Hyperparameters(predictive_factors=2, mlp_layers=2, epochs=1)
    for epoch in train(problem, hyperparameters, seed=0, engine="fused"):
        rank(epoch.parameters, Candidates(users, lists.items[:, :1], known))
