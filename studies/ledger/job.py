"""What a trial is to the process that trains it: a configuration to train, and epochs to report.

Workers import this module and no other of this package: neither Optuna nor a database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from neumf.hyperparameters import Configuration, Value


@dataclass(frozen=True)
class Job:
    """A configuration to be trained."""

    number: int
    configuration: Configuration
    seed: int
    label: str | None = None


@dataclass(frozen=True)
class EpochResult:
    """One epoch of a trial, as a worker reports it."""

    number: int  # from 1
    loss: float
    metrics: dict[str, float]
    best_epoch: int  # so far
    best_value: float  # so far: the trial's value if it ended here
    samples: int
    seconds: float  # training and evaluation
    parameters: int
    engine: str
    update: str = "dense"  # which embedding rows a step updated: dense (all) or lazy


@dataclass
class RunningTrial:
    """What has been heard of a trial so far."""

    configuration: dict[str, Value]
    seed: int
    label: str | None = None
    epochs: list[EpochResult] = field(default_factory=list)

    @property
    def value(self) -> float:
        return self.epochs[-1].best_value

    def attributes(self) -> dict[str, Any]:
        """To be stored with the trial: every metric at the best epoch, cost, provenance."""
        facts: dict[str, Any] = {"hyperparameters": self.configuration, "seed": self.seed}
        if not self.epochs:
            return facts
        last = self.epochs[-1]
        seconds = sum(epoch.seconds for epoch in self.epochs)
        return {
            **facts,
            **self.epochs[last.best_epoch - 1].metrics,
            "best_epoch": last.best_epoch,
            "epochs": last.number,
            "seconds": round(seconds, 3),
            "samples_per_second": round(sum(e.samples for e in self.epochs) / max(seconds, 1e-9)),
            "parameters": last.parameters,
            "engine": last.engine,
            "update": last.update,
            "losses": [epoch.loss for epoch in self.epochs],
        }
