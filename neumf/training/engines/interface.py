"""The inner training step, behind one small interface.

An engine owns a model's parameters and its optimiser's state. It is fed an epoch's samples and
knows nothing of negatives, evaluation or stopping.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, cast

from neumf.errors import UserError
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Parameters
from neumf.protocol.problem import Problem
from neumf.training.negatives import Sampler, Samples

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


def updates_lazily(parameters: Parameters, configuration: Configuration) -> bool:
    """Whether a step updates only the embedding rows in its batch."""
    if configuration.update == "auto":
        return parameters.architecture.table_size >= LAZY_FROM
    return configuration.update == "lazy"


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
    from neumf.training.engines.pytorch import find_device

    find_device(device)


def make(
    name: str, device: str, parameters: Parameters, configuration: Configuration, seed: int
) -> Engine:
    """The engine called ``name`` on ``device``, owning ``parameters``.

    ``auto`` is the fused engine unless a GPU is asked for by name; PyTorch is not even imported.

    Raises:
        UserError: no such engine or device here.
    """
    check(name, device)
    if name == "torch" or device not in ON_CPU:
        from neumf.training.engines.pytorch import TorchEngine

        return TorchEngine(parameters, configuration, seed, device)
    from neumf.training.engines.fused import FusedEngine

    return FusedEngine(parameters, configuration, seed)


def make_sampler(
    name: str, device: str, problem: Problem, configuration: Configuration, seed: int
) -> Sampler:
    """What draws the samples for that engine: on a GPU, they are drawn there and stay there."""
    if name == "torch" or device not in ON_CPU:
        from neumf.training.engines.device_sampler import DeviceSampler
        from neumf.training.engines.pytorch import find_device

        found = find_device(device)
        if found.type != "cpu":
            return cast("Sampler", DeviceSampler(problem, configuration, seed, found))
    return Sampler(problem, configuration, seed)
