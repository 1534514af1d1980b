"""A study of small trials on workers that are ready."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from time import monotonic

from neumf.errors import UserError
from search.coordinator import TICK_SECONDS, Coordinator
from search.overhead.figures import Spent
from search.overhead.limit import Limit
from search.scaling.simulation import DATA, Nobody
from search.workers.interface import Worker, WorkerPool
from search.workers.messages import Died, FromWorker, Ready
from studies.definition.loading import parse
from studies.definition.schema import Definition
from studies.ledger.job import EpochResult, Job
from studies.ledger.ledger import Ledger
from studies.storage.database import own


def study_of(epochs: int, trials: int) -> Definition:
    """Trials that differ and take the same time."""
    raw = {
        "name": f"{epochs} epochs",
        "data": {"source": "made-up.csv"},
        "space": {"lr": {"low": 1e-4, "high": 1e-3, "log": True}},
        "fixed": {"epochs": epochs, "patience": epochs, "predictive_factors": 8, "mlp_layers": 1},
        "search": {"trials": trials, "sampler": {"kind": "random"}, "pruner": {"kind": "none"}},
    }
    return parse(raw, "made-up")


class Gathered:
    """A pool whose workers are ready and rest: they say so together, and go on from there."""

    def __init__(self, pool: WorkerPool, workers: Sequence[Worker]) -> None:
        self._first: list[tuple[Worker, FromWorker | Died]] = [(one, Ready()) for one in workers]
        self._pool = pool
        self.replace, self.close = pool.replace, pool.close

    def wait(self, seconds: float) -> Sequence[tuple[Worker, FromWorker | Died]]:
        first, self._first = self._first, []
        return first or self._pool.wait(seconds)


class Watch(Nobody):
    """Notes what each trial takes of its worker. Whoever loses a worker measures something else."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.trials: list[Spent] = []
        self._clock = clock
        self._began: dict[int, float] = {}  # by slot
        self._trained: dict[int, float] = {}  # likewise

    def started(self, slot: int, job: Job) -> None:
        del job
        self.idle(slot)
        self._began[slot], self._trained[slot] = self._clock(), 0.0

    def epoch(self, slot: int, job: Job, epoch: EpochResult) -> None:
        del job
        self._trained[slot] += epoch.seconds

    def idle(self, slot: int) -> None:
        if slot in self._began:
            seconds = self._clock() - self._began.pop(slot)
            self.trials.append(Spent(seconds, self._trained.pop(slot)))

    def died(self, job: Job, reason: str) -> None:
        raise UserError(f"{reason} in trial {job.number}; try again, or with fewer --workers")


def gather(pool: WorkerPool, size: int, limit: Limit) -> list[Worker]:
    """The workers of a new ``pool``, once all are ready.

    Raises:
        UserError: one has died, or it takes too long.
    """
    ready: list[Worker] = []
    while len(ready) < size:
        for worker, said in pool.wait(TICK_SECONDS):
            if isinstance(said, Died):
                raise UserError(f"{said.reason} before it was ready; try fewer --workers")
            ready.append(worker)
        limit.check()
    return ready


def run_study(
    pool: WorkerPool,
    workers: Sequence[Worker],
    study: Definition,
    limit: Limit,
    clock: Callable[[], float] = monotonic,
) -> list[Spent]:
    """What each trial of ``study`` takes, by the real coordinator, ledger and a new SQLite file.

    Raises:
        UserError: a worker has died, or it takes too long.
    """
    with (
        tempfile.TemporaryDirectory(prefix="neumf-overhead-") as folder,
        own(f"sqlite:///{folder}/study.db", study.name) as storage,
    ):
        ledger = Ledger(storage, study, DATA)
        ledger.start_session({}, clock)
        watch = Watch(clock)
        Coordinator(ledger, Gathered(pool, workers), watch, limit.is_over, clock).run()
        storage.engine.dispose()
    limit.check()
    return watch.trials
