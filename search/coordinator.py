"""The search: one loop between a queue of trials and a pool of workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from time import monotonic
from typing import Protocol

from neumf.errors import UserError
from search.workers.interface import AT_ONCE, Worker, WorkerPool
from search.workers.messages import (
    Died,
    EpochDone,
    FromWorker,
    PretrainingEpoch,
    Ready,
    Remark,
    TrialDone,
    TrialFailed,
    TrialStopped,
)
from studies.ledger.job import EpochResult, FinishedModel, Job

MOST_DEATHS = 5
"""Workers that may die in a row, with no trial ended between, before the search gives up."""

TICK_SECONDS = 0.2
"""How long the loop may wait for a message before it looks at the clock and at Ctrl-C."""


class Observer(Protocol):
    """Watches a search; decides nothing."""

    def started(self, slot: int, job: Job) -> None: ...
    def pretraining(self, slot: int, job: Job, epoch: int, epochs: int) -> None: ...
    def remark(self, job: Job, text: str) -> None: ...
    def epoch(self, slot: int, job: Job, epoch: EpochResult) -> None: ...
    def ended(self, job: Job, verdict: str, epochs: list[EpochResult]) -> None: ...
    def died(self, job: Job, reason: str) -> None: ...
    def idle(self, slot: int) -> None: ...
    def notice(self, text: str) -> None: ...
    def tick(self, done: int, total: int) -> None: ...


class TrialQueue(Protocol):
    """What is trained and what becomes of it: a study's ledger, its audit, the best trial's twins,
    or the runs that confirm configurations or open the test split."""

    @property
    def total(self) -> int: ...
    @property
    def done(self) -> int: ...
    def together(self) -> AbstractContextManager[None]: ...
    def ask(self, worker: int, /) -> Job | None: ...
    def record(self, number: int, epoch: EpochResult) -> bool: ...
    def complete(self, number: int, model: FinishedModel | None, /) -> None: ...
    def prune(self, number: int) -> None: ...
    def fail(self, number: int, reason: str) -> None: ...
    def crash(self, number: int, reason: str) -> None: ...
    def interrupt(self, number: int, reason: str) -> None: ...


class Coordinator:
    """Works through one queue to its total. ``stop_requested`` is asked between two events."""

    def __init__(
        self,
        queue: TrialQueue,
        pool: WorkerPool,
        observer: Observer,
        stop_requested: Callable[[], bool],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._clock = clock
        self._queue = queue
        self._pool = pool
        self._observer = observer
        self._stop_requested = stop_requested
        self._jobs: dict[int, Job] = {}  # by slot
        self._idle: dict[int, Worker] = {}  # by slot
        self._heard: dict[int, list[EpochResult]] = {}  # by trial
        self._news: list[Callable[[], None]] = []  # to be told once it is stored
        self._leaving: set[int] = set()  # slots told to stop a trial that they may still be at
        self._deaths = 0  # in a row
        self._overdue = False
        self._ready_at: dict[int, float] = {}
        self._busy_seconds = 0.0

    def run(self, is_overdue: Callable[[], bool] = lambda: False) -> None:
        """Until the total is reached or a stop is requested; once ``is_overdue``, no new trial
        starts.

        Raises:
            UserError: workers die one after another.
        """
        while self._queue.done < self._queue.total and not self._stop_requested():
            self._overdue = is_overdue()
            if self._overdue and not self._jobs:
                return
            self._take(self._pool.wait(TICK_SECONDS))
            self._observer.tick(self._queue.done, self._queue.total)
        if self._stop_requested():
            self._take_what_was_said()

    @property
    def busy(self) -> float | None:
        """The share of the workers' time, since each was first ready, in which they computed:
        trained or evaluated, as far as their messages tell. None before any is ready."""
        there = sum(self._clock() - at for at in self._ready_at.values())
        return min(1.0, self._busy_seconds / there) if there else None

    def _take_what_was_said(self) -> None:
        """Whoever has finished a trial has said so, though nobody has heard it: it would be trained
        again. Workers may talk on meanwhile, so this ends in any case."""
        for _ in range(AT_ONCE):
            try:
                heard = self._pool.wait(0.0)
            except UserError:  # what the workers run on was told to stop too
                return
            if not heard:
                return
            self._take(heard)
            self._observer.tick(self._queue.done, self._queue.total)

    def _take(self, heard: Sequence[tuple[Worker, FromWorker | Died]]) -> None:
        """What was heard together is stored together, and told once it is stored."""
        with self._queue.together():
            for worker, message in heard:
                self._handle(worker, message)
            while self._is_short and self._feed(next(iter(self._idle.values()))):
                pass
        news, self._news = self._news, []
        for tell in news:
            tell()

    def _handle(self, worker: Worker, message: FromWorker | Died) -> None:
        match message:
            case Ready():
                self._ready_at.setdefault(worker.slot, self._clock())
                self._feed(worker)
            case PretrainingEpoch() | Remark():
                if self._is_current(worker, message.number):
                    self._show(worker, message)
            case EpochDone(number, epoch, busy):
                self._busy_seconds += busy
                if self._is_current(worker, number):
                    self._epoch(worker, epoch)
            case TrialDone() | TrialFailed() | TrialStopped():
                self._busy_seconds += message.busy_seconds
                if self._is_current(worker, message.number):
                    self._ended(worker, message)
                else:
                    self._leaving.discard(worker.slot)
            case Died():
                self._died(worker, message)

    def _show(self, worker: Worker, message: PretrainingEpoch | Remark) -> None:
        job = self._jobs[worker.slot]
        match message:
            case PretrainingEpoch(_, epoch, epochs):
                self._announce(self._observer.pretraining, worker.slot, job, epoch, epochs)
            case Remark(_, text):
                self._announce(self._observer.remark, job, text)

    def _epoch(self, worker: Worker, epoch: EpochResult) -> None:
        job = self._jobs[worker.slot]
        self._heard[job.number].append(epoch)
        self._announce(self._observer.epoch, worker.slot, job, epoch)
        if self._queue.record(job.number, epoch):
            worker.stop(job.number)
            self._leaving.add(worker.slot)
            self._queue.prune(job.number)
            self._next(worker, "pruned")

    def _ended(self, worker: Worker, message: TrialDone | TrialFailed | TrialStopped) -> None:
        match message:
            case TrialDone(number, _, model):
                self._queue.complete(number, model)
                self._next(worker, "complete")
            case TrialFailed(number, reason, _, again):
                (self._queue.crash if again else self._queue.fail)(number, reason)
                self._next(worker, f"failed: {reason}")
            case TrialStopped():
                raise AssertionError(message)  # whoever is told to stop is at nothing current

    def _next(self, worker: Worker, verdict: str) -> None:
        self._deaths = 0
        job = self._jobs.pop(worker.slot)
        epochs = self._heard.pop(job.number)
        self._feed(worker)
        self._announce(self._observer.ended, job, verdict, epochs)

    def _died(self, worker: Worker, death: Died) -> None:
        """A death is held against the trial only where the worker was at it, and nobody had asked
        the worker to end, or the search to stop: what stops a process group ends its workers too.
        """
        stopping = self._stop_requested()
        has_begun = worker.slot not in self._leaving
        self._leaving.discard(worker.slot)
        self._idle.pop(worker.slot, None)
        job = self._jobs.pop(worker.slot, None)
        if job is not None:
            self._heard.pop(job.number)
            is_at_fault = has_begun and not death.by_request and not death.machine_lost
            if is_at_fault and not stopping:
                self._queue.crash(job.number, death.reason)
            else:
                self._queue.interrupt(job.number, death.reason)
        if stopping:
            return
        if job is not None:
            self._announce(self._observer.died, job, death.reason)
        self._deaths += not death.machine_lost  # one machine may take down more workers than that
        if self._deaths >= MOST_DEATHS:
            raise UserError(
                f"{MOST_DEATHS} workers in a row ended before finishing a trial: {death.reason};"
                " use fewer --workers if memory is short"
            )
        self._pool.replace(worker)

    @property
    def _is_short(self) -> bool:
        """Whether a worker idles that the queue may have something for by now: it needed time (see
        :meth:`Ledger.ask`), or another worker was lost and there is no room for a successor."""
        left = self._queue.total - self._queue.done
        return bool(self._idle) and len(self._jobs) < left and not self._asks_no_more

    @property
    def _asks_no_more(self) -> bool:
        return self._overdue or self._stop_requested()

    def _feed(self, worker: Worker) -> bool:
        """Give an idle worker its next trial. Whether there is one."""
        self._idle[worker.slot] = worker
        job = None if self._asks_no_more else self._queue.ask(worker.slot)
        if job is None:
            self._announce(self._observer.idle, worker.slot)
            return False
        del self._idle[worker.slot]
        self._jobs[worker.slot] = job
        self._heard[job.number] = []
        worker.train(job)
        self._announce(self._observer.started, worker.slot, job)
        return True

    def _announce(self, event: Callable[..., None], *about: object) -> None:
        self._news.append(partial(event, *about))

    def _is_current(self, worker: Worker, number: int) -> bool:
        """Whether ``worker`` is still meant to be at this trial; else its message is late."""
        job = self._jobs.get(worker.slot)
        return job is not None and job.number == number
