"""Simulated workers: a pool in which only time passes, on a clock that is not the world's."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from time import process_time

from neumf.metrics import METRICS, OBJECTIVE
from neumf.seeds import generator
from neumf.training.stopping import BestEpoch
from search.workers.interface import AT_ONCE, Worker
from search.workers.messages import EpochDone, FromWorker, Ready, TrialDone, TrialStopped
from studies.ledger.job import EpochResult, Job
from studies.surrogate import Expected

SEED_NOISE = 0.0034
"""Standard deviation of a configuration's score over fresh seeds, in the default study."""


@dataclass(frozen=True)
class Shape:
    """Of a learning curve, in shares of its best epoch's score."""

    first: float  # what the first epoch has, if it is not the best
    fall: float  # what each epoch after the best one loses


ALONE, JOINED = Shape(0.75, 0.007), Shape(0.99, 0.002)
"""The median curves of the default study's models, alone and joined to a GMF trained apart."""

Trained = Callable[[Job], tuple[Expected, list[float]]]
"""What training would be: what is expected of a job, and the objective after each epoch."""


class Clock:
    """Simulated seconds. Where ``counts_work`` is true, what the coordinator computes between two
    waits passes on it too: its processor's time, so that other programs do not matter. Otherwise a
    coordinator takes no time."""

    def __init__(self, *, counts_work: bool) -> None:
        self._counts_work = counts_work
        self._at = 0.0
        self._since: float | None = process_time()  # None: it is stopped
        self.worked = 0.0
        """Seconds that passed by work."""

    def __call__(self) -> float:
        if self._since is None or not self._counts_work:
            return self._at
        return self._at + process_time() - self._since

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """What is done meanwhile takes no time: it is the simulation's work."""
        now = self()
        self.worked += now - self._at
        self._at, self._since = now, None
        try:
            yield
        finally:
            self._since = process_time()

    def skip_to(self, time: float) -> None:
        """Nothing happens before ``time``. Only while it is stopped."""
        self._at = max(self._at, time)


class SimulatedWorker:
    """Trains nothing; its messages come when a worker's would."""

    def __init__(self, slot: int, pool: SimulatedPool) -> None:
        self.slot = slot
        self._pool = pool

    def train(self, job: Job) -> None:
        self._pool.train(self, job)

    def stop(self, number: int) -> None:
        self._pool.stop(self, number)


class SimulatedPool:
    """``size`` workers that are ready at once and never die."""

    def __init__(self, size: int, clock: Clock, trained: Trained) -> None:
        self._clock = clock
        self._trained = trained
        self._order = count()
        self._coming: list[tuple[float, int, SimulatedWorker, FromWorker]] = []
        self._saying: dict[int, Iterator[tuple[float, FromWorker]]] = {}  # by trial
        for slot in range(size):
            self._push(0.0, SimulatedWorker(slot, self), Ready())

    def wait(self, _seconds: float) -> list[tuple[Worker, FromWorker]]:
        """All that has been said by now; if nothing, the next word when it comes."""
        with self._clock.stopped():
            if self._coming:
                self._clock.skip_to(self._coming[0][0])
            now, heard = self._clock(), list[tuple[Worker, FromWorker]]()
            while self._coming and self._coming[0][0] <= now and len(heard) < AT_ONCE:
                at, _, worker, message = heapq.heappop(self._coming)
                if isinstance(message, Ready | TrialStopped):
                    heard.append((worker, message))
                elif message.number in self._saying:  # else it was told to stop since
                    heard.append((worker, message))
                    self._go_on(at, worker, message.number)
            return heard

    def train(self, worker: SimulatedWorker, job: Job) -> None:
        with self._clock.stopped():
            self._saying[job.number] = _said(job, *self._trained(job))
            self._go_on(self._clock(), worker, job.number)

    def stop(self, worker: SimulatedWorker, number: int) -> None:
        with self._clock.stopped():
            if self._saying.pop(number, None) is not None:  # else it has ended by itself
                self._push(self._clock(), worker, TrialStopped(number, 0.0))

    def replace(self, worker: Worker) -> None:
        raise AssertionError(worker)  # none dies

    def close(self) -> None:
        """There is nothing to end."""

    def _go_on(self, at: float, worker: SimulatedWorker, number: int) -> None:
        """With what the worker says next, counted from ``at``: it does not wait for an answer."""
        following = next(self._saying[number], None)
        if following is None:
            del self._saying[number]
        else:
            seconds, message = following
            self._push(at + seconds, worker, message)

    def _push(self, at: float, worker: SimulatedWorker, message: FromWorker) -> None:
        heapq.heappush(self._coming, (at, next(self._order), worker, message))


def curve(expected: Expected, job: Job) -> list[float]:
    """The objective after each epoch until patience ends the run: it rises to its best epoch and
    falls slowly from there. The whole curve is shifted by the luck of the seed."""
    luck = float(generator(job.seed, "luck").normal(0.0, SEED_NOISE))
    shape = JOINED if job.configuration.alpha else ALONE
    best = min(expected.best_epoch, job.epochs)
    epochs = range(1, min(best + job.configuration.patience, job.epochs) + 1)
    shares = (
        1 - (1 - shape.first) * ((best - e) / (best - 1)) ** 3
        if e < best
        else 1 - shape.fall * (e - best)
        for e in epochs
    )
    return [expected.score * share + luck for share in shares]


def _said(job: Job, expected: Expected, values: list[float]) -> Iterator[tuple[float, FromWorker]]:
    """A worker's messages, each with the seconds since the one before."""
    best, seconds = BestEpoch(), expected.epoch_seconds
    for number, value in enumerate(values, 1):
        best = best.after(value)
        metrics = {**dict.fromkeys(METRICS, value), OBJECTIVE.name: value}
        result = EpochResult(
            number, 0.0, metrics, best.number, best.value, 0, seconds, 0, "simulated"
        )
        yield seconds, EpochDone(job.number, result, seconds)
    yield 0.0, TrialDone(job.number, 0.0)
