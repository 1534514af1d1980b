"""One session of a search: check everything, then write, then run, then tell."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from types import FrameType

from rich.console import Console

from neumf import engine
from neumf.data import Source, describe
from neumf.data.tell import load_and_tell
from neumf.interactions import Interactions
from neumf.problem import Problem
from neumf.protocol import Protocol, divide, pose
from search.board import Best, Board
from search.board import describe as describe_setting
from search.coordinator import Coordinator
from search.display import watch
from search.options import Options
from search.pool import Pool
from search.summary import Outcome
from studies import definition as definitions
from studies.definition import Definition
from studies.ledger import Ledger
from studies.readback import read
from studies.record import describe_data
from studies.storage import check, open_storage, ownership


def hold(study: str, options: Options) -> Outcome:
    """Run ``study`` to its total of trials, or until interrupted.

    Raises:
        UserError: anything a person can put right. Nothing has been written then.
    """
    engine.check(options.engine, options.device)
    definition = adapt(definitions.load(study), options)
    check(options.storage)
    console = Console(stderr=True)
    interactions = load_and_tell(_source(definition), console)
    problem = _problem(interactions, definition)
    data, command = describe_data(interactions, describe(interactions)), options.command(study)
    with ownership(options.storage, definition.name):
        ledger = Ledger(open_storage(options.storage, owner=True), definition, data, command)
        return _run(ledger, problem, definition, options, console)


def adapt(definition: Definition, options: Options) -> Definition:
    """The definition with the command line's say in it.

    Raises:
        UserError: what it says is illegal.
    """
    raw = definition.model_dump()
    if options.trials is not None:
        raw["search"]["trials"] = options.trials
    if options.seed is not None:
        raw["search"]["seed"] = options.seed
    if options.epochs is not None:
        raw["fixed"]["epochs"] = options.epochs
    if options.data is not None:
        raw["data"]["source"] = options.data
        if options.data != definition.data.source:
            raw["name"] = f"{definition.name}-{Path(options.data).name.split('.')[0]}"
    return definitions.parse(raw, definition.name)


def _source(definition: Definition) -> Source:
    data = definition.data
    return Source(
        data.source,
        user=data.user,
        item=data.item,
        time=data.time,
        rating=data.rating,
        min_rating=data.min_rating,
    )


def _problem(interactions: Interactions, definition: Definition) -> Problem:
    measure = definition.protocol
    protocol = Protocol(measure.split, measure.candidates)
    seed = definition.search.seed
    return pose(interactions, divide(interactions, protocol, seed), protocol, seed)


def _run(
    ledger: Ledger, problem: Problem, definition: Definition, options: Options, console: Console
) -> Outcome:
    started, began, before = datetime.now(UTC), monotonic(), ledger.done
    workers = min(options.workers or os.cpu_count() or 1, max(1, ledger.total - ledger.done))
    busy, interrupted = None, False
    if ledger.done < ledger.total:
        busy, interrupted = _search(ledger, problem, definition, options, workers, console)
        session = {
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(monotonic() - began, 3),
            "workers": workers,
            "busy": busy,
            "trials": ledger.done - before,
        }
        ledger.add_session(session)
    study = read(options.storage, definition.name)
    report = None
    if options.report:
        from reports.page import write

        report = str(write(study, storage=options.storage))
    return Outcome(
        study,
        options.storage,
        ledger.done - before,
        monotonic() - began,
        workers,
        busy,
        interrupted,
        report,
    )


def _search(
    ledger: Ledger,
    problem: Problem,
    definition: Definition,
    options: Options,
    workers: int,
    console: Console,
) -> tuple[float | None, bool]:
    """Returns the workers' busy share and whether a person interrupted."""
    board = Board(tuple(definition.space), ledger.total, ledger.done, _best(ledger))
    with tempfile.TemporaryDirectory(prefix="neumf-search-") as folder:
        problem.save(Path(folder))
        pool = Pool(workers, Path(folder), options.engine, options.device)
        with watch(board, console) as observer, _interruptible() as interrupted:
            coordinator = Coordinator(ledger, pool, observer)
            try:
                coordinator.run(options.timeout, interrupted)
            finally:
                available = coordinator.available_seconds
                pool.close()
                ledger.interrupt_all("the search was interrupted")
            if interrupted():
                observer.notice("interrupted: finished trials are kept, the others queued again")
    busy = coordinator.busy_seconds / available if available else None
    return busy, interrupted()


def _best(ledger: Ledger) -> Best | None:
    best = ledger.best()
    if best is None:
        return None
    return Best(best.number, best.values[0], describe_setting(best.params))


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
