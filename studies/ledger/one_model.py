"""A single training run whose model is wanted, in the form of a queue."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from neumf.errors import UserError
from neumf.model.parameters import Parameters
from studies.ledger.job import EpochResult, FinishedModel, Job
from studies.ledger.ledger import MOST_CRASHES


class OneModel:
    """Gives out one job, and keeps the losses and the parameters that come of it. Nothing is
    stored."""

    total = 1

    def __init__(self, job: Job) -> None:
        self._job = replace(job, kept=True)
        self._is_waiting = True
        self._crashes = 0
        self.parameters: Parameters | None = None
        self.losses: list[float] = []  # by epoch

    @property
    def done(self) -> int:
        return int(self.parameters is not None)

    def together(self) -> AbstractContextManager[None]:
        """Each run is stored by itself: there are few."""
        return nullcontext()

    def ask(self, _worker: int | None = None) -> Job | None:
        """The job, until it is done."""
        if not self._is_waiting:
            return None
        self._is_waiting = False
        self.losses.clear()
        return self._job

    def record(self, number: int, epoch: EpochResult) -> bool:
        """Nothing is ever pruned."""
        del number
        self.losses.append(epoch.loss)
        return False

    def complete(self, number: int, model: FinishedModel | None) -> None:
        """Keep the model."""
        del number
        assert model is not None
        self.parameters = model.parameters

    def prune(self, number: int) -> None:
        """Never called: ``record`` does not ask for it."""
        raise AssertionError(number)

    def fail(self, number: int, reason: str) -> None:
        """Raises UserError: it could be trained before, and now cannot."""
        del number
        raise UserError(f"the model cannot be trained again: {reason}")

    def crash(self, number: int, reason: str) -> None:
        """Its worker died: try once more."""
        self._crashes += 1
        if self._crashes >= MOST_CRASHES:
            self.fail(number, f"{reason}, {self._crashes} times")
        self.interrupt(number, reason)

    def interrupt(self, number: int, reason: str) -> None:
        """Queue it again."""
        del number, reason
        self._is_waiting = True
