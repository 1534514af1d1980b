"""Worker processes on this machine: started, fed, listened to, replaced when they die."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import cast

from neumf.errors import UserError
from search.workers.messages import FromWorker, Stop, Train
from search.workers.worker import serve
from studies.ledger.job import Job

ONE_THREAD = dict.fromkeys(
    [
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMBA_NUM_THREADS",
    ],
    "1",
)
"""Workers are as many as the cores; each computes on one."""

MOST_DEATHS = 5
"""Workers that may die in a row, before any finishes a trial, until the search gives up."""

GRACE_SECONDS = 1.0


@dataclass(frozen=True)
class Died:
    """A worker process ended without being told to."""

    reason: str


@dataclass(eq=False)
class Worker:
    """One process and its end of the pipe."""

    slot: int
    process: SpawnProcess
    connection: Connection

    def train(self, job: Job) -> None:
        self._send(Train(job))

    def stop(self, number: int) -> None:
        self._send(Stop(number))

    def _send(self, message: Train | Stop) -> None:
        with suppress(OSError):  # it died: wait() says so next
            self.connection.send(message)


class Pool:
    """``size`` single-threaded workers on the problem in ``folder``."""

    def __init__(self, size: int, folder: Path, engine: str, device: str) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._arguments = (folder, engine, device)
        self._workers = [self._start(slot) for slot in range(size)]

    def __len__(self) -> int:
        return len(self._workers)

    def wait(self, seconds: float) -> list[tuple[Worker, FromWorker | Died]]:
        """What the workers have said, at most one message of each; empty after ``seconds``."""
        by_connection = {worker.connection: worker for worker in self._workers}
        heard: list[tuple[Worker, FromWorker | Died]] = []
        for connection in wait(list(by_connection), seconds):
            worker = by_connection[cast("Connection", connection)]
            try:
                heard.append((worker, worker.connection.recv()))
            except (EOFError, OSError):
                heard.append((worker, self._bury(worker)))
        return heard

    def replace(self, worker: Worker) -> None:
        """Start a new process in a dead worker's place."""
        self._workers[self._workers.index(worker)] = self._start(worker.slot)

    def close(self) -> None:
        """End all processes, at once: they own nothing."""
        for worker in self._workers:
            worker.connection.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(GRACE_SECONDS)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def _start(self, slot: int) -> Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=serve, args=(theirs, *self._arguments), name=f"worker-{slot}", daemon=True
        )
        with _environment(ONE_THREAD):
            process.start()
        theirs.close()  # so that the worker's death closes the pipe
        return Worker(slot, process, ours)

    def _bury(self, worker: Worker) -> Died:
        worker.process.join()
        worker.connection.close()
        code = worker.process.exitcode or 0
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        return Died(f"worker died ({how})")


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set ``variables`` for the processes started inside."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def too_many_deaths(reason: str) -> UserError:
    return UserError(
        f"{MOST_DEATHS} workers in a row ended before finishing a trial: {reason};"
        " use fewer --workers if memory is short"
    )
