"""What a trial is to the process that trains it: a configuration to train, and epochs to report.

Workers import this module and no other of this package: neither Optuna nor a database.
"""

from __future__ import annotations

from dataclasses import dataclass

from neumf.evaluation.measurement import Measurement
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Parameters
from neumf.seeds import trial_seed


@dataclass(frozen=True)
class Job:
    """A configuration to be trained."""

    number: int
    configuration: Configuration
    seed: int
    label: str | None = None
    pretraining_seed: int = 0  # of the GMF that the configuration joins, if it joins one
    last_epoch: int | None = None  # the run ends after it; None: as the configuration says
    measured: bool = False  # the finished model is measured
    kept: bool = False  # its parameters are handed over

    @property
    def epochs(self) -> int:
        """The most that the run has."""
        return self.last_epoch or self.configuration.total_epochs

    @classmethod
    def of(
        cls, number: int, configuration: Configuration, study_seed: int, label: str | None = None
    ) -> Job:
        """The job of a configuration in a study: the seeds follow from the study's. The GMF that
        is joined has the seed it has as a trial, so all trials that join it join the same one."""
        return cls(
            number,
            configuration,
            trial_seed(study_seed, configuration),
            label,
            trial_seed(study_seed, configuration.pretrained),
        )


@dataclass(frozen=True, eq=False)
class FinishedModel:
    """The model of a run's epoch that counts: the best one, or the last where nothing validates."""

    measurement: Measurement | None  # if it is asked for
    parameters: Parameters | None  # likewise


@dataclass(frozen=True)
class EpochResult:
    """One epoch of a trial, as a worker reports it."""

    number: int  # from 1
    loss: float
    metrics: dict[str, float]  # empty where nothing validates
    best_epoch: int  # so far
    best_value: float  # so far: the trial's value if it ended here
    samples: int
    seconds: float  # training and evaluation
    parameters: int
    engine: str
    update: str = "dense"  # which embedding rows a step updated: dense (all) or lazy
    alpha: float = 0.0  # the weight of the GMF that is joined
    pretrained: str | None = None  # it was "trained" for this trial or "reused"; None: no GMF
    again: bool = False  # told of an interrupted trial that goes on from a checkpoint
