"""One simulated search: the real coordinator and ledger on simulated workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import process_time
from typing import Any

from optuna.storages import BaseStorage

from search.coordinator import Coordinator
from search.scaling.workers import Clock, SimulatedPool, curve
from studies.definition.loading import parse
from studies.definition.schema import Definition
from studies.ledger.job import EpochResult, FinishedModel, Job
from studies.ledger.ledger import Ledger
from studies.surrogate import Expected, Surrogate

DATA: dict[str, Any] = {
    "name": "simulated",
    "users": 0,
    "items": 0,
    "interactions": 0,
    "fingerprint": "",
    "description": [],
}
"""No data are looked at."""


@dataclass(frozen=True)
class Simulated:
    """What a simulated search came to."""

    workers: int
    trials: int  # with a verdict
    wanted: int  # more, if the time for simulating it ran out
    seconds: float  # simulated, from the first question to the last verdict
    trained: float  # seconds of workers that went into what was recorded
    worked: float  # seconds that the coordinator really took
    costs: dict[str, float] = field(default_factory=dict)  # of these, by what it did
    counts: Counter[str] = field(default_factory=Counter)  # how often
    best: float | None = None  # the score to be expected of the trial with the best value

    @property
    def core_hours(self) -> float:
        """Of the workers, idle or not."""
        return self.workers * self.seconds / 3600

    @property
    def used(self) -> float:
        """The share of the workers' time that went into what was recorded."""
        return self.trained / (self.workers * self.seconds) if self.seconds else 0.0

    @property
    def occupied(self) -> float:
        """The share of the time in which the coordinator worked: near 1, workers wait for it."""
        return self.worked / self.seconds if self.seconds else 0.0


class TimedQueue:
    """A ledger that is timed; it also learns which trial is best."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._so_far: dict[int, float] = {}
        self._values: dict[int, float] = {}  # of complete trials
        self.expected: dict[int, Expected] = {}
        self.costs: dict[str, float] = dict.fromkeys(
            ("asking", "epochs", "verdicts", "storing"), 0.0
        )
        self.counts: Counter[str] = Counter()
        self.trained = 0.0

    @property
    def total(self) -> int:
        return self._ledger.total

    @property
    def done(self) -> int:
        return self._ledger.done

    @property
    def best(self) -> float | None:
        """See :class:`Simulated`."""
        values = self._values
        return self.expected[max(values, key=values.__getitem__)].score if values else None

    @contextmanager
    def together(self) -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(self._ledger.together())
            yield
            with self._timed("storing"):
                stack.close()

    def ask(self, worker: int, /) -> Job | None:
        with self._timed("asking"):
            return self._ledger.ask(worker)

    def record(self, number: int, epoch: EpochResult) -> bool:
        self.trained += epoch.seconds
        self._so_far[number] = epoch.best_value
        with self._timed("epochs"):
            return self._ledger.record(number, epoch)

    def complete(self, number: int, _model: FinishedModel | None = None) -> None:
        self._values[number] = self._so_far.pop(number)
        with self._timed("verdicts"):
            self._ledger.complete(number)

    def prune(self, number: int) -> None:
        del self._so_far[number]
        with self._timed("verdicts"):
            self._ledger.prune(number)

    def fail(self, number: int, reason: str) -> None:
        raise AssertionError(number, reason)  # nothing fails

    crash = interrupt = fail

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = process_time()
        yield
        self.costs[what] += process_time() - began
        self.counts[what] += 1


class Nobody:
    """Watches a search and tells nobody."""

    def started(self, slot: int, job: Job) -> None: ...
    def pretraining(self, slot: int, job: Job, epoch: int, epochs: int) -> None: ...
    def epoch(self, slot: int, job: Job, epoch: EpochResult) -> None: ...
    def remark(self, job: Job, text: str) -> None: ...
    def ended(self, job: Job, verdict: str, epochs: list[EpochResult]) -> None: ...
    def died(self, job: Job, reason: str) -> None: ...
    def idle(self, slot: int) -> None: ...
    def notice(self, text: str) -> None: ...
    def tick(self, done: int, total: int) -> None: ...


def resized(definition: Definition, trials: int, seed: int) -> Definition:
    """The same study with another total and seed."""
    raw = definition.model_dump()
    raw["search"] |= {"trials": trials, "seed": seed, "stop": "trials"}
    return parse(raw, definition.name)


def simulate(
    definition: Definition,
    surrogate: Surrogate,
    storage: BaseStorage,
    workers: int,
    *,
    counts_work: bool = True,
    limit: float = float("inf"),
) -> Simulated:
    """Run ``definition`` to its total with ``workers`` simulated workers, for at most ``limit``
    seconds of the processor. Unless the coordinator's work counts, the result depends on nothing
    but the arguments."""
    clock, began = Clock(counts_work=counts_work), process_time()
    with clock.stopped():
        ledger = Ledger(storage, definition, DATA)
        ledger.start_session({}, clock)
    queue = TimedQueue(ledger)

    def trained(job: Job) -> tuple[Expected, list[float]]:
        expected = queue.expected[job.number] = surrogate.expect(job.configuration)
        return expected, curve(expected, job)

    pool = SimulatedPool(workers, clock, trained)

    def is_over() -> bool:
        return process_time() - began > limit

    Coordinator(queue, pool, Nobody(), is_over, clock).run()
    with clock.stopped():
        return Simulated(
            workers,
            queue.done,
            queue.total,
            clock(),
            queue.trained,
            clock.worked,
            queue.costs,
            queue.counts,
            queue.best,
        )
