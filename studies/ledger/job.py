"""What a trial is to the process that trains it: a configuration to train, and epochs to report.

Workers import this module and no other of this package: neither Optuna nor a database.
"""

from __future__ import annotations

from dataclasses import dataclass

from neumf.hyperparameters import Configuration


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
