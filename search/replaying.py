"""A replay: a stored trial is found, its problem made again, and its epochs are trained beside what
was stored of them. Only reads the storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from rich.console import Console
from rich.progress import Progress

from neumf.data.console import load_with_progress
from neumf.errors import UserError
from neumf.metrics import OBJECTIVE
from neumf.protocol.console import prepare_with_progress
from neumf.protocol.problem import Problem
from neumf.saying import say
from neumf.terminal import make_console
from neumf.training.divergence import Diverged
from neumf.training.engines import selection as engines
from neumf.training.loop import train
from neumf.training.pretraining import Pretraining
from search.options import Options
from search.session import adapt
from search.workers.worker import epoch_result
from studies.definition import loading as definitions
from studies.definition.schema import Definition
from studies.ledger.job import EpochResult, Job
from studies.results.readback import read
from studies.results.replay import (
    Comparison,
    Difference,
    causes,
    compare_end,
    compare_epoch,
    ends_in_divergence,
    subject,
    tolerance,
)
from studies.results.study_result import StudyResult, TrialResult, rebuild
from studies.storage.database import names
from studies.storage.record import versions


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a person asks for. None: as it is stored."""

    study: str
    trial: int
    storage: str
    name: str | None = None
    data: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)  # of [data]
    engine: str | None = None
    device: str | None = None


def run_replay(request: Request) -> Comparison:
    """Train the trial again, telling each epoch as it comes.

    Raises:
        UserError: no such study or trial, nothing of it to compare, other data, no such engine or
            device here.
    """
    study = read(request.storage, _stored_name(request))
    trial, note = subject(study, request.trial)
    definition = _definition(study, request)
    job = _job(trial, definition)
    engine, device = _computes(study, trial, request)
    console = make_console()
    if note:
        say(console, note)
    problem = _problem(study, definition, console)
    why = causes(study, trial, engine, device, versions())
    for cause in why:
        say(console, f"the last bits may differ: {cause}")
    if (stored := _as_stored(trial, job)) is not None:
        return Comparison(trial, trial.epochs, 0, (stored,))
    with _bar(console, trial) as advance:
        compared = _compare(trial, _train(problem, job, engine, device), console, advance)
    allowed = tolerance(why, len(problem.validation))
    return replace(compared, causes=why, tolerance=allowed)


def _compare(
    trial: TrialResult,
    training: Iterator[EpochResult],
    console: Console,
    advance: Callable[[], None],
) -> Comparison:
    """A complete trial and one that diverged have an end to be compared, which takes one more epoch
    where the replay has none; of others only the stored epochs are trained."""
    has_end = trial.state == "complete" or ends_in_divergence(trial)
    epochs: list[EpochResult] = []
    found: list[Difference] = []
    failure, equal = None, 0
    try:
        for epoch in islice(training, trial.epochs + has_end):
            epochs.append(epoch)
            differences = compare_epoch(trial, epoch)
            equal += not differences and epoch.number <= trial.epochs
            found += differences
            say(console, _line(trial, epoch, differences))
            advance()
    except Diverged as error:
        failure = str(error)
    found += compare_end(trial, epochs, failure)
    compared = min(len(epochs), trial.epochs)
    return Comparison(trial, compared, equal, tuple(found), failure=failure)


def _train(problem: Problem, job: Job, engine: str, device: str) -> Iterator[EpochResult]:
    """As a worker trains it."""
    pretraining = Pretraining(job.pretraining_seed)
    epochs = train(
        problem,
        job.configuration,
        job.seed,
        engine=engine,
        device=device,
        pretraining=pretraining,
    )
    return map(epoch_result, epochs)


def _stored_name(request: Request) -> str:
    """The stored study that ``search.run`` with the same words would continue or, where there is no
    such one, the one that is called so."""
    if request.name is not None:
        return request.name
    known = names(request.storage)
    try:
        loaded = definitions.load(request.study)
        options = Options(storage=request.storage, data=request.data)
        wanted = [adapt(loaded, options).name, request.study, loaded.name]
    except UserError:
        if not known:
            raise
        wanted = [request.study]
    return next((name for name in wanted if name in known), wanted[0])


def _definition(study: StudyResult, request: Request) -> Definition:
    """The stored one, with the data where they are now."""
    raw = {**study.definition, "data": {**study.definition["data"], **request.overrides}}
    if request.data is not None:
        raw["data"]["source"] = request.data
    return definitions.parse(raw, f"study {study.name!r}")


def _job(trial: TrialResult, definition: Definition) -> Job:
    """As the ledger made it."""
    if trial.params.keys() != definition.space_of(trial.params).keys():
        raise UserError(f"trial {trial.number} was lost before its configuration was whole")
    configuration = definition.configuration(trial.params)
    return Job.of(trial.number, configuration, definition.search.seed, trial.label)


def _as_stored(trial: TrialResult, job: Job) -> Difference | None:
    """What is stored of the configuration and its seed, where it is not what the definition and the
    seed rule make of it: no training could be the same."""
    if trial.configuration:
        stored = rebuild(trial.configuration).asdict()
        for name, value in job.configuration.asdict().items():
            if stored[name] != value:
                return Difference(name, stored[name], value)
    if trial.seed is not None and trial.seed != job.seed:
        return Difference("seed", trial.seed, job.seed)
    return None


def _computes(study: StudyResult, trial: TrialResult, request: Request) -> tuple[str, str]:
    """Engine and device: those asked for, or the trial's.

    Raises:
        UserError: not here.
    """
    known = trial.session is not None and trial.session < len(study.sessions)
    session = study.sessions[trial.session or 0] if known else {}
    device = request.device or session.get("device") or "auto"
    try:
        return engines.resolve(
            request.engine or (None if request.device else trial.engine) or "auto", device
        )
    except UserError as error:
        if request.device is None and device not in ("auto", "cpu"):
            raise UserError(
                f"trial {trial.number} was trained on {device!r}, which is not available here;"
                " --device cpu compares with a tolerance"
            ) from error
        raise


def _problem(study: StudyResult, definition: Definition, console: Console) -> Problem:
    """The study's problem, if the data are the study's."""
    interactions = load_with_progress(definition.data, console)
    if interactions.fingerprint() != study.data["fingerprint"]:
        raise UserError(
            f"data {definition.data.source!r}: not the data of study {study.name!r}, which has"
            f" {study.data['interactions']:,} interactions ({study.data['fingerprint'][:8]}), this"
            f" {len(interactions):,} ({interactions.fingerprint()[:8]}); name them with --data"
        )
    protocol, seed = definition.protocol, definition.search.seed
    _, problem, _ = prepare_with_progress(interactions, protocol, seed, console)
    return problem


def _line(trial: TrialResult, epoch: EpochResult, differences: tuple[Difference, ...]) -> str:
    """One epoch, and what the stored one says."""
    verdict = "; ".join(difference.sentence() for difference in differences) or "equal"
    if epoch.number > trial.epochs:
        verdict = "not stored"
    value = f"{OBJECTIVE.name} {epoch.metrics[OBJECTIVE.name]:.4f}  loss {epoch.loss:.4f}"
    return f"epoch {epoch.number:3d}/{trial.epochs}  {value}  {verdict}"


@contextmanager
def _bar(console: Console, trial: TrialResult) -> Iterator[Callable[[], None]]:
    """A bar below the lines, in a terminal, and what moves it on."""
    is_live = console.is_terminal and not console.is_dumb_terminal
    with Progress(console=console, transient=True, disable=not is_live) as progress:
        task = progress.add_task(f"trial {trial.number}", total=trial.epochs or None)
        yield lambda: progress.advance(task)
