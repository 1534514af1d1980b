"""Workers, coordinator and display, brought up for one queue of trials and taken down again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from rich.console import Console

from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.problem import Problem
from neumf.waiting import waiting
from search.coordinator import Coordinator, TrialQueue
from search.display import watch
from search.status import SearchStatus
from search.workers.interface import Keeping, Workplace


@dataclass(frozen=True)
class RunStatistics:
    """What working through a queue took."""

    seconds: float = 0.0
    workers: int = 0
    busy: float | None = None  # see Coordinator.busy


def run_trials(
    queue: TrialQueue,
    problem: Problem,
    status: SearchStatus,
    place: Workplace,
    keeping: Keeping,
    console: Console,
    stop_requested: Callable[[], bool],
    is_overdue: Callable[[], bool],
    lists: MeasuredLists | None = None,
) -> RunStatistics:
    """Train what ``queue`` asks for until its total or a stop request; once ``is_overdue``, no new
    trial starts. Jobs that ask for it have their models measured on ``lists``.

    Raises:
        UserError: workers cannot be started, or die one after another.
    """
    began = monotonic()
    workers = min(place.workers, queue.total - queue.done)
    with tempfile.TemporaryDirectory(prefix="neumf-search-") as folder:
        with waiting(console, "sharing the data with the workers"):
            problem.save(Path(folder))
            if lists is not None:
                lists.save(Path(folder))
        pool = place.pool(workers, Path(folder), keeping)
        try:
            with watch(status, console) as observer:
                coordinator = Coordinator(queue, pool, observer, stop_requested)
                coordinator.run(is_overdue)
                busy = coordinator.busy
                if stop_requested():
                    observer.notice("interrupted: finished trials are kept, the rest queued again")
        finally:
            pool.close()
    return RunStatistics(monotonic() - began, workers, busy)
