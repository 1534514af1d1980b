"""A pool of worker processes on this machine: started, listened to, replaced when they die."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import cast

from neumf.errors import UserError
from search.workers.interface import Keeping, Worker
from search.workers.messages import Died, FromWorker, Stop, Train
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
"""There are as many workers as CPUs; each computes on one."""

REQUESTS = {getattr(signal, name).value for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)}
"""Signals by which a scheduler, a closed terminal or a person asks a process to end."""

OUT_OF_MEMORY = errno.ENOMEM
"""The exit code of a worker that could not go on for want of memory."""

GRACE_SECONDS = 1.0


@dataclass(frozen=True, eq=False)
class WorkerProcess:
    """One process and the coordinator's end of its pipe."""

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


class ProcessPool:
    """``size`` single-threaded workers on the problem in ``folder``.

    Raises:
        UserError: the system refuses so many processes.
    """

    def __init__(
        self, size: int, folder: Path, engine: str, device: str, keeping: Keeping | None = None
    ) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._arguments = (folder, engine, device, keeping or Keeping())
        self._workers: list[WorkerProcess] = []
        try:
            for slot in range(size):
                self._workers.append(self._start(slot))
        except BaseException:
            self.close()
            raise

    def wait(self, seconds: float) -> list[tuple[Worker, FromWorker | Died]]:
        """At most one message of each worker."""
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
        self._workers.append(self._start(worker.slot))

    def close(self) -> None:
        """End all processes at once: they own nothing."""
        for worker in self._workers:
            worker.connection.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(GRACE_SECONDS)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def _start(self, slot: int) -> WorkerProcess:
        try:
            ours, theirs = self._context.Pipe()
            process = self._context.Process(
                target=_serve, args=(theirs, *self._arguments), name=f"worker-{slot}", daemon=True
            )
            with environment(ONE_THREAD), interrupts_held_back():
                process.start()
        except OSError as error:
            raise UserError(
                f"worker {slot + 1} cannot be started: {error.strerror}; use fewer --workers"
            ) from None
        theirs.close()  # so that the worker's death closes the pipe
        return WorkerProcess(slot, process, ours)

    def _bury(self, worker: WorkerProcess) -> Died:
        self._workers.remove(worker)
        worker.connection.close()
        worker.process.join()
        code = worker.process.exitcode or 0
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        if code == OUT_OF_MEMORY:
            how = "out of memory"
        return Died(f"worker died ({how})", by_request=-code in REQUESTS)


def _serve(
    connection: Connection, folder: Path, engine: str, device: str, keeping: Keeping
) -> None:
    """See :func:`search.workers.worker.serve`, whose imports are the worker's alone."""
    try:
        from search.workers.worker import serve

        serve(connection, folder, engine, device, keeping)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:  # a file cannot be mapped
            sys.exit(OUT_OF_MEMORY)
        if _is_alone():  # and another worker has removed the folder: nobody is there to be told
            sys.exit()
        raise


def _is_alone() -> bool:
    """Whether the coordinator has died, or is about to."""
    coordinator = multiprocessing.parent_process()
    if coordinator is None:
        return False
    coordinator.join(GRACE_SECONDS)
    return not coordinator.is_alive()


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
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


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Block SIGINT for the processes started inside, which inherit that: a worker would else die
    of a Ctrl-C that comes while it is importing, and say so with a traceback. This process
    receives afterwards what came meanwhile."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # started later, by multiprocessing, it would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
