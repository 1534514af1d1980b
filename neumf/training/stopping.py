"""Early stopping and the best epoch: one pure rule, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from neumf.hyperparameters import Configuration


@dataclass(frozen=True)
class BestEpoch:
    """The best of the epochs so far. A trial's value is its best epoch's ``value``."""

    epochs: int = 0  # how many so far
    number: int = 0  # of the best, from 1; 0: none yet
    value: float = 0.0

    def after(self, value: float | None) -> BestEpoch:
        """The best after one more epoch. Only a strictly higher value is a new best. If nothing is
        measured, the latest epoch is the best, so the run goes on to its last."""
        epochs = self.epochs + 1
        if value is None:
            return BestEpoch(epochs, epochs)
        if self.number == 0 or value > self.value:
            return BestEpoch(epochs, epochs, value)
        return BestEpoch(epochs, self.number, self.value)

    @property
    def is_latest(self) -> bool:
        """Whether the latest epoch is the best."""
        return self.number == self.epochs

    def ends(self, configuration: Configuration) -> bool:
        """Whether the run is over: ``epochs`` are trained, or ``patience`` of them have passed
        without a new best.

        Patience counts only under a constant learning rate. Under one that falls, a run often
        stands still while the rate is high and improves as it falls, so a pause says nothing of
        what is to come; and the time that stopping saves is better saved by fewer ``epochs``, over
        which the rate falls faster.
        """
        if self.epochs >= configuration.epochs:
            return True
        patient = configuration.schedule == "constant"
        return patient and self.epochs - self.number >= configuration.patience
