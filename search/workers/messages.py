"""What the coordinator and its workers say to each other."""

from __future__ import annotations

from dataclasses import dataclass

from studies.ledger.job import EpochResult, Job


@dataclass(frozen=True)
class Train:
    """To a worker: train this, until told otherwise."""

    job: Job


@dataclass(frozen=True)
class Stop:
    """To a worker: give up this trial, if it is still at it."""

    number: int


@dataclass(frozen=True)
class Ready:
    """From a worker: loaded and compiled."""


@dataclass(frozen=True)
class EpochDone:
    """From a worker, which goes on without waiting for an answer."""

    number: int
    epoch: EpochResult


@dataclass(frozen=True)
class TrialDone:
    """From a worker: the run has ended by itself."""

    number: int
    busy_seconds: float


@dataclass(frozen=True)
class TrialStopped:
    """From a worker: the run was given up as told."""

    number: int
    busy_seconds: float


@dataclass(frozen=True)
class TrialFailed:
    """From a worker: the run cannot go on."""

    number: int
    reason: str
    busy_seconds: float


FromWorker = Ready | EpochDone | TrialDone | TrialStopped | TrialFailed
