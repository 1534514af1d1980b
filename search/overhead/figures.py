"""What turns of both kinds come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

SHORT, LONG = 2, 12
"""Epochs of a trial in the two studies of a turn: their difference tells what an epoch costs."""

Held = Mapping[str, Sequence[int]]
"""Bytes of each process, by what the process is; empty where the system does not tell."""


@dataclass(frozen=True)
class Spent:
    """Seconds of a worker that a trial takes, from its start to the next one's."""

    seconds: float
    trained: float

    @property
    def beside(self) -> float:
        """What it takes beside its training."""
        return self.seconds - self.trained


@dataclass(frozen=True)
class Turn:
    """A session with one kind of workers."""

    ready: float  # seconds from nothing, or from a cluster, until all workers are ready
    trials: Mapping[int, Sequence[Spent]]  # of the two studies, by the epochs of a trial
    held: Held  # while the workers are there
    started: float = 0.0  # seconds that starting the cluster took before

    def seconds(self, epochs: int) -> float:
        """The median trial's."""
        return median(trial.seconds for trial in self.trials[epochs])

    def trained(self, epochs: int) -> float:
        return median(trial.trained for trial in self.trials[epochs])

    def beside(self, epochs: int) -> float:
        return median(trial.beside for trial in self.trials[epochs])


@dataclass(frozen=True)
class Found:
    """Turns in the order local, Ray, local, Ray, ..."""

    workers: int
    trials: int  # of a study
    busy: float  # the share of the cores that other programs took before
    versions: Mapping[str, str]
    local: Sequence[Turn]
    ray: Sequence[Turn]

    @property
    def epoch(self) -> list[float]:
        """Seconds more on Ray for each epoch, beside its training, by turn."""
        pairs = zip(self._more(SHORT), self._more(LONG), strict=True)
        return [(long - short) / (LONG - SHORT) for short, long in pairs]

    @property
    def trial(self) -> list[float]:
        """Seconds more on Ray for each trial, beside its epochs, by turn."""
        pairs = zip(self._more(SHORT), self.epoch, strict=True)
        return [more - SHORT * epoch for more, epoch in pairs]

    def more(self, epochs: int) -> float:
        """Seconds more on Ray that a trial of so many epochs is told to take."""
        return median(self.trial) + epochs * median(self.epoch)

    def _more(self, epochs: int) -> list[float]:
        turns = zip(self.local, self.ray, strict=True)
        return [ray.beside(epochs) - local.beside(epochs) for local, ray in turns]
