"""Turns of the same short studies, with workers of this machine and with workers on Ray."""

from __future__ import annotations

import importlib.metadata
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

import psutil
from rich.console import Console

from neumf.bench.shapes import Shape, stand_in
from neumf.protocol.problem import Problem
from neumf.saying import say
from search.options import Options
from search.overhead import memory
from search.overhead.figures import LONG, SHORT, Found, Held, Turn
from search.overhead.limit import Limit
from search.overhead.node import ray_node
from search.overhead.session import gather, run_study, study_of
from search.stop import stop_requests
from search.workers.interface import Keeping, Worker, WorkerPool
from search.workplace import workplace
from studies.storage.record import versions

WORLD = Shape("made-up", 1_000, 800, 20_000)
"""On which an epoch takes long enough that no worker waits while another's trial is stored."""

MOST_SECONDS = 120.0
"""What a turn may take. It should take a tenth of that."""

LOOK_SECONDS = 2.0
QUIET = 0.05
"""What others may take of the cores before a person is told."""


def measure(workers: int, trials: int, turns: int, console: Console) -> Found:
    """So many ``turns`` of each kind, one after the other; in each, a study of so many short
    ``trials`` and one of so many longer ones.

    Raises:
        UserError: workers or Ray do not start, do not last, or take too long.
        KeyboardInterrupt: a signal has asked to stop.
    """
    local, ray = list[Turn](), list[Turn]()
    with stop_requests() as stop_requested:
        sessions = Sessions(workers, trials, stand_in(WORLD), console, stop_requested)
        sessions.compile()
        busy = psutil.cpu_percent(LOOK_SECONDS) / 100
        if busy > QUIET:
            say(console, f"other programs take {busy:.0%} of the cores: figures will be worse")
        for number in range(1, turns + 1):
            local.append(sessions.local(f"turn {number} of {turns}, local workers"))
            ray.append(sessions.on_ray(f"turn {number} of {turns}, workers on Ray"))
    used = {**versions(), "ray": importlib.metadata.version("ray")}
    return Found(workers, trials, busy, used, local, ray)


@dataclass(frozen=True)
class Sessions:
    """Of so many ``trials`` a study, on so many ``workers``."""

    workers: int
    trials: int
    problem: Problem
    console: Console
    stop_requested: Callable[[], bool]

    def compile(self) -> None:
        """What the first worker on a machine does once for all sessions."""
        with self._gathered(None, 1, self._limit("compiling")):
            pass

    def local(self, what: str) -> Turn:
        return self._told(what, self._turn(None, self._limit(what), memory.here))

    def on_ray(self, what: str) -> Turn:
        """On a cluster of its own."""
        limit = self._limit(what)
        with ray_node(self.workers, limit) as node:

            def held() -> Held:
                return {**memory.here(), **memory.of_node(node.process)}

            turn = self._turn(node.address, limit, held)
        return self._told(what, replace(turn, started=node.seconds))

    def _turn(self, address: str | None, limit: Limit, held: Callable[[], Held]) -> Turn:
        began = monotonic()
        with self._gathered(address, self.workers, limit) as (pool, workers):
            ready = monotonic() - began
            trials = {
                epochs: run_study(pool, workers, study_of(epochs, self.trials), limit)
                for epochs in (SHORT, LONG)
            }
            return Turn(ready, trials, held())

    @contextmanager
    def _gathered(
        self, address: str | None, size: int, limit: Limit
    ) -> Iterator[tuple[WorkerPool, Sequence[Worker]]]:
        """Workers that are ready, as a session has them."""
        with (
            workplace(Options(storage="", workers=size, ray=address), self.console) as place,
            tempfile.TemporaryDirectory(prefix="neumf-overhead-") as folder,
        ):
            self.problem.save(Path(folder))
            pool = place.pool(size, Path(folder), Keeping())
            try:
                yield pool, gather(pool, size, limit)
            finally:
                pool.close()

    def _limit(self, what: str) -> Limit:
        say(self.console, what)
        return Limit(what, MOST_SECONDS, self.stop_requested)

    def _told(self, what: str, turn: Turn) -> Turn:
        each = ", ".join(
            f"{1000 * turn.seconds(epochs):.0f} ms a trial of {epochs} epochs"
            for epochs in turn.trials
        )
        say(self.console, f"{what}: ready in {turn.ready:.1f} s, {each}")
        return turn
