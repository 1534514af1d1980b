"""One session of a search: check everything, then open the study, run it and sum up."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from neumf.data.console import load_with_progress
from neumf.data.description import describe_interactions
from neumf.errors import UserError
from neumf.saying import say
from neumf.terminal import make_console
from neumf.training.engines import selection as engines
from neumf.waiting import waiting
from search.baselines import tune_baselines
from search.checkpoints import tidy
from search.confirming import confirm
from search.coordinator import TrialQueue
from search.execution import RunStatistics
from search.graphs import store_graphs
from search.opening import open_once
from search.options import Options
from search.outstanding import is_through
from search.phases import Phase, planned
from search.reserve import search_is_overdue
from search.saving import check_destination, saved_folder
from search.status import BestTrial, one_line
from search.stop import stop_requests
from search.summary import Outcome
from search.work import Work, prepare
from search.workplace import workplace
from studies.definition import loading as definitions
from studies.definition.schema import Definition
from studies.ledger.audit import Audit
from studies.ledger.ledger import Ledger
from studies.ledger.notes import write_study_notes
from studies.ledger.twins import Twins
from studies.results.readback import read, read_from
from studies.results.study_result import StudyResult
from studies.storage.backend import Caller
from studies.storage.database import check, names, own, storage_warning
from studies.storage.errors import DATABASE_ERRORS, record_errors, storage_errors
from studies.storage.record import describe_data, versions
from studies.storage.url import masked


def run_study(study: str, options: Options) -> Outcome:
    """Run ``study`` to its total of trials, or until a stop is requested.

    Raises:
        UserError: anything a person can put right. Nothing has been written unless it comes from
            the machine while the search runs (a full disk, workers that die).
    """
    engines.resolve(options.engine, options.device)
    loaded = definitions.load(study)
    definition = adapt(loaded, options)
    check(options.storage)
    console = make_console()
    interactions = load_with_progress(definition.data, console)
    study_data, notices = prepare(interactions, definition, console)
    for notice in (*notices, *_other_data(loaded.data.source, options)):
        say(console, notice)
    data = describe_data(interactions, (*describe_interactions(interactions), *notices))
    command = options.command(study)
    warning = storage_warning(options.storage)
    if warning is not None:
        say(console, warning)
    if not options.search and definition.name not in names(options.storage):
        raise UserError(
            f"no study {definition.name!r} in {masked(options.storage)} to confirm: run"
            f" python -m search.run {command} first"
        )
    if options.confirm and options.open:
        _check_destination(options, definition.name)

    tell = partial(say, console)
    began = monotonic()
    with (
        workplace(options, console) as place,
        stop_requests() as stop_requested,
        own(options.storage, definition.name, Caller(tell, stop_requested)) as storage,
        storage_errors(options.storage),
    ):
        with record_errors(options.storage), storage_errors(options.storage):
            ledger = Ledger(storage, definition, data, command)
        before = ledger.done
        deadline = None if options.timeout is None else began + options.timeout
        phases = planned(options, is_short=options.search and before < ledger.total)
        work = Work(
            definition,
            options,
            storage,
            console,
            study_data,
            place,
            stop_requested,
            deadline,
            phases,
        )
        statistics, problem = _run(ledger, work, command)
        tidy(options, definition.name, is_through=problem is None and is_through(ledger, work))
        result = read_from(storage, definition.name)
    return Outcome(
        result,
        masked(options.storage),
        ledger.done - before,
        statistics,
        stop_requested(),
        _report(work, result) if options.report else None,
        saved_folder(work, result),
        twins_wanted=options.twins > 0,
        searched=options.search,
        session_seconds=monotonic() - began,
        problem=problem,
    )


def _check_destination(options: Options, study: str) -> None:
    """Before hours of search rather than after them; of a study that has been opened only if there
    is a model to save yet, which the opening finds.

    Raises:
        UserError: where the model is to be saved is something else.
    """
    try:
        check_destination(options, study)
    except UserError:
        is_known = study in names(options.storage)
        if not is_known or read(options.storage, study).opening is None:
            raise


def adapt(definition: Definition, options: Options) -> Definition:
    """The definition with the command line's options in place of its own.

    Raises:
        UserError: an option's value is illegal.
    """
    raw = definition.model_dump()
    if options.trials is not None:
        raw["search"]["trials"] = options.trials
    if options.seed is not None:
        raw["search"]["seed"] = options.seed
    if options.epochs is not None:
        raw["fixed"]["epochs"] = options.epochs
    raw["data"] |= options.overrides
    if options.data is not None:
        raw["data"]["source"] = options.data
        if options.data != definition.data.source:
            raw["name"] = f"{definition.name}-{Path(options.data).name.split('.')[0]}"
    if options.name is not None:
        raw["name"] = options.name
    return definitions.parse(raw, definition.name)


def _other_data(made_for: str, options: Options) -> tuple[str, ...]:
    """A search space fits the data that it was made for, wherever that lies."""
    if options.data is None or Path(options.data).name == Path(made_for).name:
        return ()
    data = shlex.quote(options.data)
    notice = (
        f"the search space was made for {made_for}:"
        f" python -m search.init {data} writes a study with one sized to your data"
    )
    return (notice,)


def _run(ledger: Ledger, work: Work, command: str) -> tuple[RunStatistics, str | None]:
    """The search, and what follows it until something hinders a stage: that must not cost the
    summary of what came before."""
    options, statistics = work.options, RunStatistics()
    is_short = options.search and ledger.done < ledger.total
    if is_short or options.audit or options.twins or options.confirm:
        ledger.start_session(_session(options, command))
    if is_short:
        statistics = _search(ledger, work)
        ledger.update_session(workers=statistics.workers, busy=statistics.busy)
        _tell_dashboard(work)
    for stage in _stages(work, command):
        if work.is_over:
            break
        try:
            stage()
        except UserError as error:
            return statistics, str(error)
        _tell_dashboard(work)
        ledger.update_session()
    return statistics, None


def _tell_dashboard(work: Work) -> None:
    """Between phases: no worker waits for it."""
    with waiting(work.console, "writing notes and graphs for the dashboard"):
        write_study_notes(work.storage, work.definition.name)
        store_graphs(work.storage, work.definition.name)


def _report(work: Work, study: StudyResult) -> str | None:
    """The page's path. None if it cannot be written: the search has been made, and is summed up."""
    from reports.page import write

    try:
        with waiting(work.console, "writing the report"):
            return str(write(study, storage=work.options.storage))
    except UserError as error:
        work.say(f"no report: {error}")
        return None


def _search(ledger: Ledger, work: Work) -> RunStatistics:
    options, best = work.options, _best(work.read())
    is_overdue = search_is_overdue(
        work.deadline, options, work.place.workers, lambda: ledger.done, work.read_trials
    )
    try:
        statistics = work.train(
            ledger, unit="trial", phase="searching", best=best, is_overdue=is_overdue
        )
    except BaseException:
        with suppress(UserError, *DATABASE_ERRORS):  # it may be what stopped the search
            ledger.interrupt_all("the search was interrupted")
        raise
    ledger.interrupt_all("the search was interrupted")
    return statistics


def _stages(work: Work, command: str) -> Iterator[Callable[[], None]]:
    """What follows a search, each stage as far as it has not been done before."""
    options, definition = work.options, work.definition
    if options.confirm:
        if work.read().opening_plan is None or not options.search:
            yield partial(confirm, work)
            yield partial(tune_baselines, work)
        if options.open:
            yield partial(open_once, work, command)
    if options.audit:
        audit = Audit(work.storage, definition, options.audit)
        announced = "auditing the pruner: {} pruned trials, to their end"
        yield partial(_train, work, audit, "auditing the pruner", announced)
    if options.twins:
        twins = Twins(work.storage, definition, options.twins)
        announced = "what each half does: {} runs over fresh seeds"
        yield partial(_train, work, twins, "comparing the halves", announced)


def _train(work: Work, queue: TrialQueue, phase: Phase, announced: str) -> None:
    if queue.done < queue.total:
        work.begin(phase, announced.format(queue.total - queue.done))
        work.train(queue, unit="run", phase=phase)


def _session(options: Options, command: str) -> dict[str, Any]:
    """What the trials of this session have in common."""
    engine, device = engines.resolve(options.engine, options.device)
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "versions": versions(),
        "engine": engine,
        "device": device,
        "workers": options.workers,
        "audit": options.audit,
        "twins": options.twins,
    }


def _best(study: StudyResult) -> BestTrial | None:
    best = study.best
    if best is None or best.value is None:
        return None
    return BestTrial(best.number, best.value, one_line(best.params))
