"""A trial while it runs: what has been heard of it, and what is stored of that in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from neumf.hyperparameters import Configuration
from studies.ledger.job import EpochResult
from studies.storage import record


@dataclass
class RunningTrial:
    """What has been heard of a trial so far."""

    configuration: Configuration
    seed: int
    epochs: list[EpochResult] = field(default_factory=list)

    @property
    def clock(self) -> dict[str, Any]:
        """Seconds of training and evaluation so far; apart, what an interrupted trial has too."""
        again = [epoch for epoch in self.epochs if epoch.again]
        resumed = {record.RESUMED_EPOCHS: len(again), record.RESUMED_SECONDS: _seconds(again)}
        return {record.SECONDS: _seconds(self.epochs), **(resumed if again else {})}

    def attributes(self, *, is_complete: bool) -> dict[str, Any]:
        """To be stored with the trial: metrics, cost, provenance.

        The metrics belong to the epoch whose objective Optuna stores as the trial's value: the
        best one of a complete trial, the last one of any other.
        """
        facts: dict[str, Any] = {
            record.CONFIGURATION: self.configuration.asdict(),
            record.SEED: self.seed,
        }
        if not self.epochs:
            return facts
        last, clock = self.epochs[-1], self.clock
        samples = sum(epoch.samples for epoch in self.epochs)
        counts = last
        if is_complete:
            facts[record.BEST_EPOCH] = last.best_epoch
            counts = self.epochs[last.best_epoch - 1]
        if last.pretrained is not None:
            facts |= {record.ALPHA: counts.alpha, record.PRETRAINED: last.pretrained}
        facts |= counts.metrics
        return {
            **facts,
            record.EPOCHS: last.number,
            **clock,
            record.SAMPLES_PER_SECOND: round(samples / max(clock[record.SECONDS], 1e-9)),
            record.PARAMETERS: last.parameters,
            record.ENGINE: last.engine,
            record.UPDATE: last.update,
            record.LOSSES: [epoch.loss for epoch in self.epochs],
        }


def _seconds(epochs: list[EpochResult]) -> float:
    return round(sum(epoch.seconds for epoch in epochs), 3)
