"""Workers, coordinator and display, brought up for one book of trials and taken down again."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import FrameType

from rich.console import Console

from neumf.protocol.problem import Problem
from search.coordinator import Coordinator, TrialQueue
from search.display import watch
from search.options import Options
from search.status import SearchStatus
from search.workers.pool import Pool


@dataclass(frozen=True)
class RunStatistics:
    """How working through a book went."""

    seconds: float = 0.0
    workers: int = 0
    busy: float | None = None  # share of the ready workers' time spent on trials
    interrupted: bool = False


def run_trials(
    book: TrialQueue, problem: Problem, status: SearchStatus, options: Options, console: Console
) -> RunStatistics:
    """Train what ``book`` asks for, until its total, the timeout, or a person's wish to stop."""
    began = monotonic()
    workers = min(options.workers or os.cpu_count() or 1, book.total - book.done)
    with tempfile.TemporaryDirectory(prefix="neumf-search-") as folder:
        problem.save(Path(folder))
        pool = Pool(workers, Path(folder), options.engine, options.device)
        with watch(status, console) as observer, _interruptible() as interrupted:
            coordinator = Coordinator(book, pool, observer)
            try:
                coordinator.run(options.timeout, interrupted)
            finally:
                busy = coordinator.busy
                pool.close()
            if interrupted():
                observer.notice("interrupted: finished trials are kept, the others queued again")
    return RunStatistics(monotonic() - began, workers, busy, interrupted())


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether a person wants to stop.

    The first Ctrl-C, or SIGTERM as a job scheduler sends it, is a wish, met between two events so
    that no transaction is cut; the second is an order.
    """
    wishes: list[int] = []

    def interrupt(signum: int, _frame: FrameType | None) -> None:
        wishes.append(signum)
        if len(wishes) > 1:
            raise KeyboardInterrupt

    before = {s: signal.signal(s, interrupt) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield lambda: bool(wishes)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
