"""What all parts of a training run have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, Parameters, initialise
from neumf.protocol.problem import Problem
from neumf.seeds import generator
from neumf.training.engines.selection import make_trainer

if TYPE_CHECKING:
    from neumf.training.trainer import Trainer


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """The problem, what computes, and what is called meanwhile."""

    problem: Problem
    engine: str  # not "auto", nor the device: see neumf.training.engines.selection.resolve
    device: str
    poll: Callable[[], None]

    def trainer(
        self, configuration: Configuration, seed: int, start: Parameters | None = None
    ) -> Trainer[Any]:
        """A trainer of one model, from ``start`` or new."""
        if start is None:
            architecture = Architecture.of(self.problem, configuration)
            start = initialise(architecture, generator(seed, "initialise"), configuration)
        return make_trainer(self.engine, self.device, self.problem, configuration, start, seed)
