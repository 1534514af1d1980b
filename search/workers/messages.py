"""What the coordinator and its workers say to each other.

``busy_seconds`` is how long a worker has computed since its previous message: time spent waiting
for work, or for a message to be taken, is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from studies.ledger.job import EpochResult, FinishedModel, Job


@dataclass(frozen=True)
class Train:
    """To a worker: train this, until told otherwise."""

    job: Job


@dataclass(frozen=True)
class Stop:
    """To a worker: give up this trial if it is still running."""

    number: int


@dataclass(frozen=True)
class Ready:
    """From a worker: loaded and compiled."""


@dataclass(frozen=True)
class PretrainingEpoch:
    """From a worker: it begins an epoch of the GMF that the trial's model joins."""

    number: int
    epoch: int  # from 1
    epochs: int


@dataclass(frozen=True)
class Remark:
    """From a worker: something of the trial that a person should know."""

    number: int
    text: str


@dataclass(frozen=True)
class EpochDone:
    """From a worker, which goes on without waiting for an answer. What is told again of a trial
    that goes on from a checkpoint took no time."""

    number: int
    epoch: EpochResult
    busy_seconds: float


@dataclass(frozen=True)
class TrialDone:
    """From a worker: training ended by itself."""

    number: int
    busy_seconds: float
    model: FinishedModel | None = None  # if the job asks for it


@dataclass(frozen=True)
class TrialStopped:
    """From a worker: training was given up as told."""

    number: int
    busy_seconds: float


@dataclass(frozen=True)
class TrialFailed:
    """From a worker: this configuration cannot be trained, or not here and now (``again``)."""

    number: int
    reason: str
    busy_seconds: float
    again: bool = False


@dataclass(frozen=True)
class Died:
    """From the pool: a worker ended that nobody closed.

    Its trial is not at fault if somebody outside asked it to end, as job schedulers do
    (``by_request``), or if it went down with its machine (``machine_lost``).
    """

    reason: str
    by_request: bool = False
    machine_lost: bool = False


FromWorker = Ready | PretrainingEpoch | Remark | EpochDone | TrialDone | TrialStopped | TrialFailed
