"""Opening the test split: once, for the chosen configuration and all that it is compared with.

No other module outside `neumf/protocol` takes the test split out of its seal.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from neumf.errors import UserError
from neumf.protocol.opening import OpenedTest, open_test
from search.baselines import refit
from search.phases import Phase
from search.saving import check_destination, is_saved, save
from search.work import Work
from studies.ledger.contenders import contenders_of
from studies.ledger.job import Job
from studies.ledger.measured_runs import Contender, MeasuredRuns, job_of
from studies.results.confirmation import Confirmation, Confirmed, confirm, learnt
from studies.results.measured import MeasuredModel, model_of
from studies.results.measured_readback import read_runs
from studies.results.opening import NEUMF, Opening, tested
from studies.results.study_result import StudyResult, rebuild
from studies.storage.names import opening_of
from studies.storage.opening import store_opening
from studies.storage.record import versions

OPENING: Phase = "opening the test split"

SAVED_SEED = 1
"""The number of the fresh seed whose model is saved."""


def open_once(work: Work, command: str) -> None:
    """Measure what was chosen on the test split, record that, and save the model.

    Where there is a record already, nothing is evaluated. Nothing begins before confirming has
    ended with a choice and all baselines are tuned. What an interruption left undone is done, and
    nothing else.

    Raises:
        UserError: where the model is to be saved is something else.
    """
    study = work.read()
    if study.opening is None:
        confirmation = confirm(study)
        if confirmation is None or confirmation.chosen is None or not study.has_all_baselines:
            return
        check_destination(work)
        opening = _open(work, command, study, confirmation, confirmation.chosen)
        if opening is None:
            return
        store_opening(work.storage, work.definition.name, opening)
        study = work.read()
    if study.opening is not None and not is_saved(work, study.opening) and not work.is_over:
        check_destination(work)
        save(work, _opened(work).problem, study, study.opening, _job(work, study.opening))


def _opened(work: Work) -> OpenedTest:
    data = work.data
    return open_test(data.interactions, data.parts, work.definition.protocol, work.seed)


def _open(
    work: Work, command: str, study: StudyResult, confirmation: Confirmation, chosen: Confirmed
) -> Opening | None:
    """The record; None if the session ends before."""
    opened = _opened(work)
    models = _neumfs(work, opened, _compared(confirmation, chosen))
    baselines = (
        None if models is None else refit(work, opened.problem, opened.lists, study.baselines)
    )
    if models is None or baselines is None:
        return None
    configuration, last_epoch = learnt(chosen)
    return Opening(
        opened=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        versions=versions(),
        searched=dict(study.counts),
        trials=len(study.finished),
        chosen=chosen.number,
        configuration=configuration.asdict(),
        last_epoch=last_epoch,
        seeds=len(models[NEUMF].measurements),
        way=confirmation.way,
        models=tuple(
            tested(name, model.name, model, models[NEUMF])
            for name, model in (models | baselines).items()
        ),
    )


def _compared(confirmation: Confirmation, chosen: Confirmed) -> dict[str, Confirmed]:
    """The chosen configuration and the starting points, by their names in the record."""
    labelled = {
        entry.trial.label: entry
        for entry in confirmation.entries
        if entry.trial.label is not None and entry is not chosen
    }
    return {NEUMF: chosen, **labelled}


def _neumfs(
    work: Work, opened: OpenedTest, entries: dict[str, Confirmed]
) -> dict[str, MeasuredModel] | None:
    """Each trained on train and validation and measured; None if the session ends before."""
    name = work.definition.name
    runs = MeasuredRuns(
        work.storage,
        name,
        opening_of(name),
        [_contender(work, entry) for entry in entries.values()],
        opened.lists,
        study_seed=work.seed,
        seeds=work.options.fresh_seeds,
    )
    if runs.done < runs.total:
        phase, left = OPENING, runs.total - runs.done
        work.begin(phase, f"{phase}: {left} runs on train and validation")
        work.train(runs, unit="run", phase=phase, problem=opened.problem, lists=opened.lists)
        runs.interrupt_all("the session was interrupted")
    measured = read_runs(work.storage, opening_of(name))
    if runs.done < runs.total or measured is None:
        return None
    found = {
        name: model_of(measured, entry.number, "NeuMF" if name == NEUMF else name)
        for name, entry in entries.items()
    }
    failed = next((run.reason for run in measured.of(entries[NEUMF].number) if run.reason), None)
    if not found[NEUMF].measurements:
        raise UserError(
            f"the chosen configuration, of trial {entries[NEUMF].number}, cannot be trained on"
            f" train and validation: {failed}; nothing of the test split was evaluated"
        )
    return {name: model for name, model in found.items() if model.measurements}


def _job(work: Work, opening: Opening) -> Job:
    """The run of the record whose model is saved."""
    (contender,) = contenders_of(work.storage, work.definition, [opening.chosen])
    trained = replace(
        contender,
        configuration=rebuild(opening.configuration),
        last_epoch=opening.last_epoch,
    )
    return job_of(trained, 0, SAVED_SEED, work.seed)


def _contender(work: Work, entry: Confirmed) -> Contender:
    configuration, last_epoch = learnt(entry)
    (contender,) = contenders_of(work.storage, work.definition, [entry.number])
    return replace(contender, configuration=configuration, last_epoch=last_epoch)
