"""The search: one loop between a book of trials and the pool of workers."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Protocol

from search.workers.messages import (
    EpochDone,
    FromWorker,
    Ready,
    TrialDone,
    TrialFailed,
    TrialStopped,
)
from search.workers.pool import MOST_DEATHS, Died, Pool, Worker, too_many_deaths
from studies.ledger.job import EpochResult, Job

TICK_SECONDS = 0.2
"""How long the loop may sleep before it looks at the clock and at Ctrl-C."""


class Observer(Protocol):
    """Watches a search; decides nothing."""

    def started(self, slot: int, job: Job) -> None: ...
    def epoch(self, slot: int, job: Job, epoch: EpochResult) -> None: ...
    def ended(self, job: Job, verdict: str, epochs: list[EpochResult]) -> None: ...
    def idle(self, slot: int) -> None: ...
    def notice(self, text: str) -> None: ...
    def tick(self, done: int, total: int) -> None: ...


class TrialQueue(Protocol):
    """What is trained and what becomes of it: a study's ledger, or its audit."""

    @property
    def total(self) -> int: ...
    @property
    def done(self) -> int: ...
    def ask(self) -> Job | None: ...
    def record(self, number: int, epoch: EpochResult) -> bool: ...
    def complete(self, number: int) -> None: ...
    def prune(self, number: int) -> None: ...
    def fail(self, number: int, reason: str) -> None: ...
    def crash(self, number: int, reason: str) -> None: ...


class Coordinator:
    """Works through one book to its total."""

    def __init__(self, book: TrialQueue, pool: Pool, observer: Observer) -> None:
        self._queue = book
        self._pool = pool
        self._observer = observer
        self._jobs: dict[int, Job] = {}  # by slot
        self._heard: dict[int, list[EpochResult]] = {}  # by trial
        self._deaths = 0
        self._overdue = False
        self._ready_at: dict[int, float] = {}
        self._began: dict[int, float] = {}  # running trials, by slot
        self._busy_seconds = 0.0

    def run(self, timeout: float | None, interrupted: Callable[[], bool]) -> None:
        """Until the total is reached or ``interrupted``; after ``timeout`` seconds no new trial
        starts.

        Raises:
            UserError: workers die one after another.
        """
        deadline = None if timeout is None else monotonic() + timeout
        while self._queue.done < self._queue.total and not interrupted():
            self._overdue = deadline is not None and monotonic() >= deadline
            if self._overdue and not self._jobs:
                return
            for worker, message in self._pool.wait(TICK_SECONDS):
                self._handle(worker, message)
            self._observer.tick(self._queue.done, self._queue.total)

    @property
    def busy(self) -> float | None:
        """The share of the workers' time, since each was ready, that they spent on trials."""
        now = monotonic()
        there = sum(now - at for at in self._ready_at.values())
        running = sum(now - at for at in self._began.values())
        return (self._busy_seconds + running) / there if there else None

    def _handle(self, worker: Worker, message: FromWorker | Died) -> None:
        match message:
            case Ready():
                self._ready_at.setdefault(worker.slot, monotonic())
                self._feed(worker)
            case EpochDone(number, epoch):
                if self._is_current(worker, number):
                    self._epoch(worker, epoch)
            case TrialDone(number, busy):
                self._busy_seconds += busy
                if self._is_current(worker, number):
                    self._queue.complete(number)
                    self._end(worker, "complete")
            case TrialFailed(number, reason, busy):
                self._busy_seconds += busy
                if self._is_current(worker, number):
                    self._queue.fail(number, reason)
                    self._end(worker, f"failed: {reason}")
            case TrialStopped(_, busy):
                self._busy_seconds += busy
            case Died(reason):
                self._died(worker, reason)

    def _epoch(self, worker: Worker, epoch: EpochResult) -> None:
        job = self._jobs[worker.slot]
        self._heard[job.number].append(epoch)
        self._observer.epoch(worker.slot, job, epoch)
        if self._queue.record(job.number, epoch):
            worker.stop(job.number)
            self._queue.prune(job.number)
            self._end(worker, "pruned")

    def _end(self, worker: Worker, verdict: str) -> None:
        self._deaths = 0
        job = self._jobs.pop(worker.slot)
        self._began.pop(worker.slot)
        epochs = self._heard.pop(job.number)
        self._feed(worker)
        self._observer.ended(job, verdict, epochs)

    def _died(self, worker: Worker, reason: str) -> None:
        job = self._jobs.pop(worker.slot, None)
        if job is not None:
            self._heard.pop(job.number)
            self._began.pop(worker.slot)
            self._queue.crash(job.number, reason)
            self._observer.notice(f"trial {job.number}: {reason}")
        self._deaths += 1
        if self._deaths >= MOST_DEATHS:
            raise too_many_deaths(reason)
        self._pool.replace(worker)

    def _feed(self, worker: Worker) -> None:
        """Give an idle worker its next trial, if there is one."""
        job = None if self._overdue else self._queue.ask()
        if job is None:
            self._observer.idle(worker.slot)
            return
        self._jobs[worker.slot] = job
        self._heard[job.number] = []
        self._began[worker.slot] = monotonic()
        worker.train(job)
        self._observer.started(worker.slot, job)

    def _is_current(self, worker: Worker, number: int) -> bool:
        """Whether ``worker`` is still meant to be at this trial; else its message is late."""
        job = self._jobs.get(worker.slot)
        return job is not None and job.number == number
