"""One session of a search: check everything, then write, then run, then tell."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from neumf import engine
from neumf.data import Source, describe
from neumf.data.tell import load_and_tell
from neumf.interactions import Interactions
from neumf.problem import Problem
from neumf.protocol import Protocol, divide, pose
from search.board import Best, Board
from search.board import describe as describe_setting
from search.options import Options
from search.summary import Outcome
from search.work import Work, work
from studies import definition as definitions
from studies.audit import Audit
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
    started, before = datetime.now(UTC), ledger.done
    done = Work()
    if ledger.done < ledger.total:
        board = Board(tuple(definition.space), ledger.total, ledger.done, _best(ledger))
        try:
            done = work(ledger, problem, board, options, console)
        finally:
            ledger.interrupt_all("the search was interrupted")
        ledger.add_session(
            {
                "started": started.isoformat(timespec="seconds"),
                "seconds": round(done.seconds, 3),
                "workers": done.workers,
                "busy": done.busy,
                "trials": ledger.done - before,
            }
        )
    interrupted = done.interrupted
    if options.audit and not interrupted:
        interrupted = _audit(problem, definition, options, console).interrupted
    study = read(options.storage, definition.name)
    report = None
    if options.report:
        from reports.page import write

        report = str(write(study, storage=options.storage))
    return Outcome(study, options.storage, ledger.done - before, done, interrupted, report)


def _audit(problem: Problem, definition: Definition, options: Options, console: Console) -> Work:
    """Train a sample of the pruned trials to their end, with the same workers and display."""
    audit = Audit(open_storage(options.storage, owner=True), definition, options.audit)
    if audit.done == audit.total:
        return Work()
    console.print(f"auditing the pruner: {audit.total - audit.done} pruned trials, to their end")
    board = Board(tuple(definition.space), audit.total, audit.done)
    return work(audit, problem, board, options, console)


def _best(ledger: Ledger) -> Best | None:
    best = ledger.best()
    if best is None:
        return None
    return Best(best.number, best.values[0], describe_setting(best.params))
