"""What the coordinator needs of its workers, wherever they run.

:mod:`search.workers.processes` provides it on this machine, :mod:`search.cluster.pool` on a Ray
cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from search.options import CHECKPOINT_SECONDS
from search.workers.messages import Died, FromWorker
from studies.ledger.job import Job

AT_ONCE = 200
"""Messages that a pool hands over together at most. They are stored together, and between two such
hands a stop is heeded."""


@dataclass(frozen=True)
class Keeping:
    """How the workers of a session keep checkpoints.

    ``folder``: None keeps them in the folder that workers on one machine share, which the session
    takes with it: they serve when a worker is lost.
    """

    folder: Path | None = None
    seconds: float = CHECKPOINT_SECONDS


class Worker(Protocol):
    """The coordinator's end of one worker, which trains one trial at a time.

    Neither method waits for an answer, and neither fails if the worker is dead: the pool tells.
    """

    @property
    def slot(self) -> int:
        """Its place in the pool, from 0; a replacement takes over the place."""
        ...

    def train(self, job: Job) -> None:
        """Start training ``job``; what was asked before has ended or was told to stop."""
        ...

    def stop(self, number: int) -> None:
        """Give up trial ``number`` if it is still running; a message of it may be on its way."""
        ...


class WorkerPool(Protocol):
    """Workers that are replaced when they die."""

    def wait(self, seconds: float) -> Sequence[tuple[Worker, FromWorker | Died]]:
        """What was heard, in the order each worker said it; empty if nothing in ``seconds``.

        A death is told once, after everything the worker said.
        """
        ...

    def replace(self, worker: Worker) -> None:
        """Start another worker in the place of one that died; it says ``Ready`` like the first."""
        ...

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        ...


class Workplace(Protocol):
    """Where a session's workers run."""

    @property
    def workers(self) -> int:
        """How many there are, unless there is less to do."""
        ...

    def pool(self, size: int, folder: Path, keeping: Keeping) -> WorkerPool:
        """``size`` workers on the problem in ``folder``, which keep checkpoints so.

        Raises:
            UserError: they cannot be started.
        """
        ...
