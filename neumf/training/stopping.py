"""Early stopping and the best epoch: one pure rule, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """What a run has reached. A trial's value is ``best_value``, that of ``best_epoch``."""

    epoch: int = 0
    best_epoch: int = 0  # 0: none yet
    best_value: float = 0.0

    def after(self, value: float) -> Progress:
        """The progress after one more epoch. Only a strictly better value is a new best."""
        epoch = self.epoch + 1
        if self.best_epoch == 0 or value > self.best_value:
            return Progress(epoch, epoch, value)
        return Progress(epoch, self.best_epoch, self.best_value)

    @property
    def improved(self) -> bool:
        """Whether the latest epoch is the best."""
        return self.epoch == self.best_epoch

    def exhausted(self, patience: int) -> bool:
        """Whether ``patience`` epochs have passed without a new best."""
        return self.epoch - self.best_epoch >= patience
