"""Workers on a Ray cluster, as the coordinator sees them: through its bridge."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic

from neumf.errors import UserError
from search.cluster.commands import (
    Connected,
    DismissAll,
    FromBridge,
    Heard,
    Hire,
    Noticed,
    Refused,
    Share,
    Tell,
    ToBridge,
)
from search.cluster.demand import Demand
from search.workers.interface import AT_ONCE, Keeping, Worker
from search.workers.messages import Died, FromWorker, Ready, Stop, Train
from search.workers.processes import interrupts_held_back
from studies.ledger.job import Job

CLOSE_SECONDS = 10.0

PATIENCE_SECONDS = 30.0
"""How long no worker may be ready before a person is told what is waited for."""


class Cluster:
    """A connection to the cluster at ``address``, for one session.

    ``workers``: how many there shall be; None: as many as the cluster has room for now.

    Raises:
        UserError: it cannot be reached, or has no room for a trial.
    """

    def __init__(
        self,
        address: str,
        demand: Demand,
        engine: str,
        device: str,
        workers: int | None,
        say: Callable[[str], None],
    ) -> None:
        self._address, self._demand, self._say = address, demand, say
        self._numbers = count()
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, address, demand, engine, device), name="bridge"
        )
        with interrupts_held_back():
            self._process.start()
        theirs.close()
        try:
            room = self._room(is_needed=workers is None)
            self.workers = workers or room
        except BaseException:
            self.close()
            raise

    def pool(self, size: int, folder: Path, keeping: Keeping) -> ClusterPool:
        self.send(Share(folder, keeping))
        return ClusterPool(self, size)

    def close(self) -> None:
        """Leave the cluster: what this session has there ends."""
        self._connection.close()
        self._process.join(CLOSE_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def number(self) -> int:
        """For a new worker."""
        return next(self._numbers)

    def send(self, command: ToBridge) -> None:
        with suppress(OSError):  # the bridge has ended: receive() says so
            self._connection.send(command)

    def receive(self, seconds: float) -> Heard | None:
        """What a worker said; None if nothing did in ``seconds``.

        Raises:
            UserError: the cluster is lost, or a node of it is not fit.
        """
        if not self._connection.poll(seconds):
            return None
        match self._next():
            case Heard() as heard:
                return heard
            case Noticed(text):
                self._say(text)
            case Refused(reason):
                raise UserError(f"Ray cluster at {self._address}: {reason}")
        return None

    def say_waiting(self) -> None:
        self._say(
            f"waiting for the Ray cluster at {self._address}: it has no node with {self._demand}"
            " free, or the node is compiling"
        )

    def _next(self) -> FromBridge:
        try:
            said: FromBridge = self._connection.recv()
        except (EOFError, OSError):
            raise UserError(
                f"the Ray cluster at {self._address} is lost; when it is there again, the same"
                " command goes on"
            ) from None
        return said

    def _room(self, *, is_needed: bool) -> int:
        match self._next():
            case Connected(room) if room or not is_needed:
                return room
            case Connected():
                raise UserError(
                    f"Ray cluster at {self._address}: no node has {self._demand}; reserve less for"
                    " a trial, or name --workers if nodes are still to come"
                )
            case Refused(reason):
                raise UserError(f"--ray {self._address}: cannot connect: {reason}")
            case other:
                raise AssertionError(other)


@dataclass(frozen=True, eq=False)
class ClusterWorker:
    """One actor, by its number."""

    slot: int
    number: int
    cluster: Cluster

    def train(self, job: Job) -> None:
        self.cluster.send(Tell(self.number, Train(job)))

    def stop(self, number: int) -> None:
        self.cluster.send(Tell(self.number, Stop(number)))


class ClusterPool:
    """``size`` workers; those that the cluster has no room for yet begin when it has."""

    def __init__(self, cluster: Cluster, size: int) -> None:
        self._cluster = cluster
        self._workers: dict[int, ClusterWorker] = {}
        self._patient_until: float | None = monotonic() + PATIENCE_SECONDS
        self._failure: UserError | None = None  # to be told next
        for slot in range(size):
            self._hire(slot)

    def wait(self, seconds: float) -> list[tuple[Worker, FromWorker | Died]]:
        """What has arrived, or the first that does in ``seconds``. If the cluster is lost, that is
        told after all that was heard before."""
        if self._failure is not None:
            raise self._failure
        found: list[tuple[Worker, FromWorker | Died]] = []
        try:
            while len(found) < AT_ONCE:
                heard = self._cluster.receive(0.0 if found else seconds)
                if heard is None:
                    break
                found += self._take(heard)
        except UserError as error:
            if not found:
                raise
            self._failure = error
        if self._patient_until is not None and monotonic() > self._patient_until:
            self._patient_until = None
            self._cluster.say_waiting()
        return found

    def replace(self, worker: Worker) -> None:
        self._hire(worker.slot)

    def close(self) -> None:
        self._cluster.send(DismissAll())

    def _take(self, heard: Heard) -> list[tuple[Worker, FromWorker | Died]]:
        worker = self._workers.get(heard.worker)
        if worker is None:  # a word of an earlier pool's worker
            return []
        match heard.message:
            case Ready():
                self._patient_until = None
            case Died():
                del self._workers[heard.worker]
        return [(worker, heard.message)]

    def _hire(self, slot: int) -> None:
        number = self._cluster.number()
        self._workers[number] = ClusterWorker(slot, number, self._cluster)
        self._cluster.send(Hire(number))


def _serve(connection: Connection, address: str, demand: Demand, engine: str, device: str) -> None:
    """See :func:`search.cluster.bridge.serve`, which imports Ray."""
    from search.cluster.bridge import serve

    serve(connection, address, demand, engine, device)
