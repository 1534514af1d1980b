"""The bridge: a process beside the coordinator that speaks to the cluster for it.

It is a process of its own because Ray ends the process that is connected to a cluster when the
cluster's head is lost, and takes over its signals. The coordinator outlives that, and tidies up.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import ray
from ray.exceptions import (
    ActorDiedError,
    ActorUnavailableError,
    OutOfMemoryError,
    RayError,
    RayTaskError,
)

from search.cluster.actor import ClusterWorker
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
from search.cluster.node_folder import contents
from search.host import Host
from search.stop import SIGNALS
from search.workers.interface import Keeping
from search.workers.messages import Died, Ready, Stop, Train
from search.workers.processes import ONE_THREAD
from studies.ledger.job import Job

CONNECT_SECONDS = 5.0
LEAVE_SECONDS = 3.0
UNAVAILABLE_SECONDS = 60.0
"""How long a worker that cannot be reached may stay so: a lost node is noticed within this."""

CONTROL = "control"
NO_TRIAL = -1
AGAIN_SECONDS = 1.0


def serve(connection: Connection, address: str, demand: Demand, engine: str, device: str) -> None:
    """Connect to the cluster at ``address`` and do what comes through ``connection`` until it
    closes."""
    _ignore_signals()
    _silence()  # Ray writes to the terminal what it has in its own log too
    try:
        _connect(address)
        _ignore_signals()  # Ray has set handlers of its own
        room = sum(demand.fits(node["Resources"]) for node in _nodes())
    except (Exception, SystemExit) as error:  # noqa: BLE001 - Ray raises all kinds
        connection.send(Refused(_first_line(error)))
        return
    connection.send(Connected(room))
    asyncio.run(Bridge(connection, demand, engine, device).run())
    os._exit(0)  # Ray's own leave-taking may hang


def _connect(address: str) -> None:
    if address != "auto":
        host, _, port = address.rpartition(":")
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
    ray.init(
        address=address,
        log_to_driver=False,
        logging_level=logging.CRITICAL,
        runtime_env={"env_vars": dict(ONE_THREAD)},
    )


class Bridge:
    """Actors by the coordinator's numbers for its workers, each attended by a task."""

    def __init__(self, connection: Connection, demand: Demand, engine: str, device: str) -> None:
        self._connection = connection
        self._ended = asyncio.Event()
        self._here = Host.here()
        self._inboxes: dict[int, asyncio.Queue[Job]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._actors: dict[int, Any] = {}
        self._loaded: set[int] = set()
        self._processors = {self._here.processor}
        self._files: Any = None
        self._keeping = Keeping()
        self._leaving: list[asyncio.Task[None]] = []
        self._key = ""
        options: dict[str, Any] = {"num_cpus": demand.cpus, "num_gpus": demand.gpus}
        if demand.memory:
            options["memory"] = demand.memory
        remote: Any = ray.remote  # its types do not know of groups
        actor = remote(concurrency_groups={CONTROL: 1})(ClusterWorker)
        self._hire: Callable[[], Any] = lambda: actor.options(**options).remote(engine, device)

    async def run(self) -> None:
        """Until the coordinator closes its end."""
        asyncio.get_running_loop().add_reader(self._connection.fileno(), self._read)
        await self._ended.wait()
        self._dismiss_all()
        await asyncio.gather(*self._leaving)

    def _read(self) -> None:
        try:
            while not self._ended.is_set() and self._connection.poll():
                self._obey(self._connection.recv())
        except (EOFError, OSError):
            self._ended.set()

    def _say(self, message: FromBridge) -> None:
        try:
            self._connection.send(message)
        except OSError:
            self._ended.set()

    def _obey(self, command: ToBridge) -> None:
        match command:
            case Share(folder, keeping):
                self._files, self._keeping = ray.put(contents(folder)), keeping
                self._key = secrets.token_hex(8)
            case Hire(worker):
                self._inboxes[worker] = asyncio.Queue()
                self._tasks[worker] = asyncio.create_task(self._attend(worker))
            case Tell(worker, Stop(number)):
                if (actor := self._actors.get(worker)) is not None:
                    actor.stop.options(concurrency_group=CONTROL).remote(number)
            case Tell(worker, train):
                assert isinstance(train, Train)
                self._inboxes[worker].put_nowait(train.job)
            case DismissAll():
                self._dismiss_all()

    async def _attend(self, worker: int) -> None:
        """Pass a worker's words on, until its end."""
        actor = self._actors[worker] = self._hire()
        host: Host | None = None
        try:
            host = await actor.host.remote()
            self._check(host)
            key = f"{self._key}-{host.node[:12]}"
            await actor.load.remote(self._files, key, self._keeping)
            self._loaded.add(worker)
            self._say(Heard(worker, Ready()))
            while True:
                job = await self._inboxes[worker].get()
                async for said in actor.train.options(num_returns="streaming").remote(job):
                    self._say(Heard(worker, await said))
        except _Unfit as error:
            self._say(Refused(str(error)))
        except RayError as error:
            if worker not in self._loaded and _is_ours(error):
                self._say(Refused(f"a worker cannot start: {_last_line(error)}"))
            else:
                self._say(Heard(worker, await self._bury(worker, host, error)))
        except Exception as error:  # noqa: BLE001 - a task's would be lost
            self._say(Refused(f"{type(error).__name__}: {_first_line(error)}"))

    def _check(self, host: Host) -> None:
        """Raises _Unfit: the node would compute something else."""
        if (difference := host.difference(self._here)) is not None:
            raise _Unfit(
                f"node {host.name} has {difference}: install the same on all machines of the"
                " cluster, or results would differ"
            )
        if host.processor not in self._processors:
            self._processors.add(host.processor)
            self._say(
                Noticed(
                    f"node {host.name} is {host.processor}, this machine {self._here.processor}:"
                    " the last bits of results may differ"
                )
            )

    async def _bury(self, worker: int, host: Host | None, error: RayError) -> Died:
        """What became of a worker that broke off with ``error``; its actor is ended for good."""
        actor = self._actors.pop(worker)
        self._loaded.discard(worker)
        reason = _last_line(error)
        if isinstance(error, ActorUnavailableError):
            with suppress(TimeoutError):
                await asyncio.wait_for(_settled(actor), UNAVAILABLE_SECONDS)
            reason = "it could not be reached"
        ray.kill(actor)
        if host is not None and host.node not in {node["NodeID"] for node in _nodes()}:
            return Died(f"node {host.name} was lost", machine_lost=True)
        if isinstance(error, OutOfMemoryError):
            reason = "its node ran out of memory; use --memory-per-trial"
        elif isinstance(error, ActorDiedError):
            reason = "its process ended"
        return Died(f"worker died ({reason})")

    def _dismiss_all(self) -> None:
        """Hear no worker any more, at once: the next command may hire others."""
        for task in self._tasks.values():
            task.cancel()
        self._leaving.append(asyncio.create_task(_dismiss(self._actors, self._loaded)))
        self._actors, self._loaded, self._tasks, self._inboxes = {}, set(), {}, {}


class _Unfit(Exception):  # noqa: N818 - of a node
    """A node must not train for this coordinator."""


def _nodes() -> list[dict[str, Any]]:
    """Those that are up."""
    found: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call, unused-ignore]  # where Ray is missing
    return [node for node in found if node["Alive"]]


async def _dismiss(actors: dict[int, Any], loaded: set[int]) -> None:
    """End ``actors``; those that have ``loaded`` let go of their nodes' folders first."""
    leaving = [
        _result(actors[worker].leave.options(concurrency_group=CONTROL).remote())
        for worker in loaded
    ]
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*leaving, return_exceptions=True), LEAVE_SECONDS)
    for actor in actors.values():
        ray.kill(actor)


async def _result(reference: Any) -> Any:
    return await reference


async def _settled(actor: Any) -> None:
    """Until the actor answers again, or the cluster has noticed that it, or its node, is gone."""
    while True:
        try:
            await actor.stop.options(concurrency_group=CONTROL).remote(NO_TRIAL)
        except ActorUnavailableError:
            await asyncio.sleep(AGAIN_SECONDS)
        except RayError:
            return
        else:
            return


def _is_ours(error: RayError) -> bool:
    """Whether code of ours, or its import, has failed, as it would again."""
    return isinstance(error, RayTaskError) or "failed to import" in str(error)


def _last_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _ignore_signals() -> None:
    """They are the coordinator's to handle; this process ends when that one does."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
