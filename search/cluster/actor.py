"""A worker on a node of the cluster: trains one trial after another. It owns nothing.

Ray runs :meth:`ClusterWorker.train` in one thread and the control methods in another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from search.cluster.node_folder import Files, NodeFolder
from search.host import Host
from search.workers.interface import Keeping
from search.workers.messages import FromWorker
from studies.ledger.job import Job


class ClusterWorker:
    """What Ray makes an actor."""

    def __init__(self, engine: str, device: str) -> None:
        self._computes = (engine, device)
        self._given_up: int | None = None
        self._folder: NodeFolder | None = None
        self._problem: Any = None
        self._keeper: Any = None

    def host(self) -> Host:
        """What this node computes with."""
        import ray

        return Host.here(ray.get_runtime_context().get_node_id())

    def load(self, files: Files, key: str, keeping: Keeping) -> None:
        """Take the problem from the node's folder, and compile. The first worker on a node fills
        the folder with ``files`` and compiles; the others find both there."""
        from filelock import FileLock

        from neumf.protocol.problem import Problem
        from neumf.training.warm_up import warm_up
        from search.workers.keeping import Keeper

        self._folder = NodeFolder(key)
        self._folder.fill(files)
        self._problem = Problem.load(self._folder.path)
        with FileLock(self._folder.path / "compile.lock"):
            warm_up()
        self._keeper = Keeper(keeping, self._folder.path, self._problem, *self._computes)

    def train(self, job: Job) -> Iterator[FromWorker]:
        """What a worker says while it trains ``job``."""
        from search.workers.worker import Stopped, messages

        assert self._folder is not None

        def poll() -> None:
            if self._given_up == job.number:
                raise Stopped

        folder, computes, keeper = self._folder.path, self._computes, self._keeper
        yield from messages(job, self._problem, folder, *computes, poll, keeper)

    def stop(self, number: int) -> None:
        """Give up trial ``number`` if it is still running."""
        self._given_up = number

    def leave(self) -> None:
        """Before the end: let go of the node's folder."""
        if self._folder is not None:
            self._folder.leave()
