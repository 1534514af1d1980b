"""The engine and the sample source that a person's choice of engine and device comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neumf.errors import UserError
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Parameters
from neumf.protocol.problem import Problem
from neumf.seeds import derive

if TYPE_CHECKING:
    from neumf.training.trainer import Trainer

ENGINES = ("auto", "fused", "torch")
DEVICES = ("auto", "cpu", "cuda", "mps")


def resolve(engine: str, device: str) -> tuple[str, str]:
    """What ``auto`` stands for: the CPU, since a GPU is used only when asked for by name, and there
    the fused engine.

    Raises:
        UserError: no such engine or device here, or not together.
    """
    if engine not in ENGINES:
        raise UserError(f"unknown engine {engine!r}: must be one of {', '.join(ENGINES)}")
    if device not in DEVICES:
        raise UserError(f"unknown device {device!r}: must be one of {', '.join(DEVICES)}")
    if device in ("auto", "cpu"):
        return ("torch" if engine == "torch" else "fused"), "cpu"
    if engine == "fused":
        raise UserError(f"the fused engine runs on the CPU, not on {device!r}; use --engine torch")
    from neumf.training.engines.pytorch import find_device

    find_device(device)
    return "torch", device


def make_trainer(
    engine: str,
    device: str,
    problem: Problem,
    configuration: Configuration,
    parameters: Parameters,
    seed: int,
) -> Trainer[Any]:
    """The engine, owning ``parameters``, and the source of its samples, all random draws from
    ``seed``. For the fused engine PyTorch is not even imported; on a GPU samples are drawn there.

    Raises:
        UserError: see :func:`resolve`.
    """
    from neumf.training.negatives import Sampler
    from neumf.training.trainer import Trainer

    engine, device = resolve(engine, device)
    for_dropout, for_samples = derive(seed, "dropout"), derive(seed, "samples")
    if device == "cpu":
        sampler = Sampler(problem, configuration, for_samples)
        budget = sampler.size * configuration.epochs
        if engine == "fused":
            from neumf.training.engines.fused import FusedEngine

            return Trainer(FusedEngine(parameters, configuration, for_dropout, budget), sampler)
        from neumf.training.engines.pytorch import TorchEngine

        return Trainer(TorchEngine(parameters, configuration, for_dropout, device, budget), sampler)
    from neumf.training.engines.device_sampler import DeviceSampler
    from neumf.training.engines.pytorch import TorchEngine, find_device

    there = DeviceSampler(problem, configuration, for_samples, find_device(device))
    budget = there.size * configuration.epochs
    return Trainer(TorchEngine(parameters, configuration, for_dropout, device, budget), there)
