"""Early stopping and the best epoch: one pure rule, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BestEpoch:
    """The best of the epochs so far. A trial's value is its best epoch's ``value``."""

    epochs: int = 0  # how many so far
    number: int = 0  # of the best, from 1; 0: none yet
    value: float = 0.0

    def after(self, value: float) -> BestEpoch:
        """The best after one more epoch. Only a strictly higher value is a new best."""
        epochs = self.epochs + 1
        if self.number == 0 or value > self.value:
            return BestEpoch(epochs, epochs, value)
        return BestEpoch(epochs, self.number, self.value)

    @property
    def is_latest(self) -> bool:
        """Whether the latest epoch is the best."""
        return self.number == self.epochs

    def exhausted(self, patience: int) -> bool:
        """Whether ``patience`` epochs have passed without a new best."""
        return self.epochs - self.number >= patience
