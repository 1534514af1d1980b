"""A pool without processes and a queue without a database, to drive the coordinator by hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from neumf.hyperparameters import Configuration
from neumf.metrics import OBJECTIVE
from search.workers.interface import Worker
from search.workers.messages import (
    Died,
    EpochDone,
    FromWorker,
    Ready,
    TrialDone,
    TrialFailed,
    TrialStopped,
)
from studies.ledger.job import EpochResult, FinishedModel, Job

Message = FromWorker | Died


def job(number: int, label: str | None = None) -> Job:
    return Job(number, Configuration(epochs=30), number, label)


def epoch(number: int = 1, value: float = 0.5, best: float | None = None) -> EpochResult:
    """An epoch whose objective is ``value``; ``best`` is the highest so far."""
    best = value if best is None else best
    return EpochResult(number, 0.5, {OBJECTIVE.name: value}, number, best, 100, 2.0, 10, "fused")


@dataclass
class FakeWorker:
    """Keeps what it was told."""

    slot: int
    told: list[tuple[str, int]] = field(default_factory=list)

    def train(self, job: Job) -> None:
        self.told.append(("train", job.number))

    def stop(self, number: int) -> None:
        self.told.append(("stop", number))


class FakePool:
    """Says, one at a time, what a script has each slot say; a step may also be a call, in which
    nothing is said."""

    def __init__(
        self, size: int, script: Iterable[tuple[int, Message] | Callable[[], None]]
    ) -> None:
        self.workers = {slot: FakeWorker(slot) for slot in range(size)}
        self.replaced: list[int] = []
        self._script = deque([*((slot, Ready()) for slot in range(size)), *script])

    def wait(self, seconds: float) -> list[tuple[Worker, Message]]:
        if seconds == 0.0 and not self._script:
            return []
        assert self._script, "the coordinator waits after the last message"
        step = self._script.popleft()
        if callable(step):
            step()
            return []
        slot, message = step
        return [(self.workers[slot], message)]

    def replace(self, worker: Worker) -> None:
        self.replaced.append(worker.slot)
        self.workers[worker.slot] = FakeWorker(worker.slot)
        self._script.appendleft((worker.slot, Ready()))

    def close(self) -> None:
        raise AssertionError("not the coordinator's to close")

    @property
    def left(self) -> int:
        """Steps that were not waited for."""
        return len(self._script)


class FakeQueue:
    """Trials 0, 1, 2, ...; an interrupted or crashed one is asked for again, as it would be."""

    def __init__(self, total: int, pruned: Iterable[int] = ()) -> None:
        self.total = total
        self.verdicts: list[tuple[str, int]] = []
        self.epochs: list[tuple[int, int]] = []
        self.asked: list[int] = []  # for these workers
        self._pruned = set(pruned)
        self._next = deque(range(total))

    @property
    def done(self) -> int:
        return sum(verdict in ("complete", "pruned", "failed") for verdict, _ in self.verdicts)

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def ask(self, worker: int, /) -> Job | None:
        self.asked.append(worker)
        return job(self._next.popleft()) if self._next else None

    def record(self, number: int, epoch: EpochResult) -> bool:
        self.epochs.append((number, epoch.number))
        return number in self._pruned

    def complete(self, number: int, model: FinishedModel | None, /) -> None:
        assert model is None
        self.verdicts.append(("complete", number))

    def prune(self, number: int) -> None:
        self.verdicts.append(("pruned", number))

    def fail(self, number: int, reason: str) -> None:
        del reason
        self.verdicts.append(("failed", number))

    def crash(self, number: int, reason: str) -> None:
        del reason
        self.verdicts.append(("crashed", number))
        self._next.appendleft(number)

    def interrupt(self, number: int, reason: str) -> None:
        del reason
        self.verdicts.append(("interrupted", number))
        self._next.appendleft(number)


class FakeObserver:
    """Keeps what it saw, as words."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def started(self, slot: int, job: Job) -> None:
        self.seen.append(f"{slot} started {job.number}")

    def pretraining(self, slot: int, job: Job, epoch: int, epochs: int) -> None:
        self.seen.append(f"{slot} pretrains for {job.number}, epoch {epoch} of {epochs}")

    def remark(self, job: Job, text: str) -> None:
        self.seen.append(f"{job.number}: {text}")

    def epoch(self, slot: int, job: Job, epoch: EpochResult) -> None:
        self.seen.append(f"{slot} trained {job.number} epoch {epoch.number}")

    def ended(self, job: Job, verdict: str, epochs: list[EpochResult]) -> None:
        self.seen.append(f"{job.number} {verdict} after {len(epochs)}")

    def idle(self, slot: int) -> None:
        self.seen.append(f"{slot} idle")

    def died(self, job: Job, reason: str) -> None:
        self.seen.append(f"{job.number} died: {reason}")

    def notice(self, text: str) -> None:
        self.seen.append(text)

    def tick(self, done: int, total: int) -> None:
        assert done <= total


def trained(number: int, epoch_number: int = 1, busy: float = 0.0) -> Message:
    return EpochDone(number, epoch(epoch_number), busy)


def finished(number: int, busy: float = 0.0) -> Message:
    return TrialDone(number, busy)


def stopped(number: int, busy: float = 0.0) -> Message:
    return TrialStopped(number, busy)


def failed(number: int) -> Message:
    return TrialFailed(number, "loss nan in epoch 1", 0.0)
