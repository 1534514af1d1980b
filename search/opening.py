"""Opening the test split: once, for the chosen configuration and all that it is compared with.

No other module outside `neumf/protocol` takes the test split out of its seal.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from neumf.errors import UserError
from neumf.protocol.opening import OpenedTest, open_test
from neumf.training.engines import selection as engines
from neumf.waiting import waiting
from search.baselines import refit
from search.behaviour import Watch, recommended
from search.phases import Phase
from search.saving import SAVED_SEED, check_destination, folder_of, is_saved, save
from search.work import Work
from studies.ledger.contenders import contenders_of
from studies.ledger.job import Job
from studies.ledger.measured_runs import Contender, MeasuredRuns, job_of
from studies.results.confirmation import Confirmation, Confirmed, confirm, learnt
from studies.results.measured import MeasuredModel, model_of
from studies.results.measured_readback import read_runs
from studies.results.opening import NEUMF, Contestant, Opening, Plan, tested
from studies.results.readback import earlier_openings
from studies.results.study_result import StudyResult, rebuild
from studies.storage.names import opening_of
from studies.storage.opening import store_opening, store_plan, store_recommended
from studies.storage.record import versions

OPENING: Phase = "opening the test split"


def open_once(work: Work, command: str) -> None:
    """Measure what was chosen on the test split, record that, save the model, and record what it
    recommends.

    Nothing begins before confirming has ended with a choice and all baselines are tuned. What is
    going to be evaluated is written down before anything is; from then on an interruption, other
    options or more trials change nothing of it: what is left undone is done. Where there is a
    record, nothing is evaluated.

    Raises:
        UserError: where the model is to be saved is something else, or the opening began with
            another engine.
    """
    study, name = work.read(), work.definition.name
    if study.opening is None:
        plan = study.opening_plan or _plan(work, command, study)
        if plan is None:
            return
        check_destination(work.options, name)
        if study.opening_plan is None:
            store_plan(work.storage, name, plan)
        _refuse_another_engine(work, plan)
        opening = _open(work, plan, study)
        if opening is None:
            return
        store_opening(work.storage, name, opening)
        study = work.read()
    if study.opening is not None and not is_saved(work, study.opening) and not work.is_over:
        check_destination(work.options, name)
        _refuse_another_engine(work, study.opening)
        save(work, _opened(work).problem, study, study.opening, _saved_job(work, study.opening))
    if _is_to_be_told(work, study) and not work.is_over:
        work.begin("saving the model", "looking at what it recommends")
        with waiting(work.console, "counting what everybody is recommended"):
            told = recommended(work, folder_of(work.options, name))
        store_recommended(work.storage, name, told)


def _is_to_be_told(work: Work, study: StudyResult) -> bool:
    """Whether there is a saved model, and not yet what it recommends. What an older version opened
    stays as it told it."""
    opening = study.opening
    if opening is None or opening.behaviour is None or study.recommended is not None:
        return False
    return is_saved(work, opening)


def _refuse_another_engine(work: Work, plan: Plan) -> None:
    """Numbers of two engines are not mixed in one record.

    Raises:
        UserError: the opening began with another engine or device than the session's.
    """
    if engines.resolve(work.options.engine, work.options.device) != (plan.engine, plan.device):
        raise UserError(
            f"the test split was opened with another engine: give --engine {plan.engine}"
            f" --device {plan.device}"
        )


def _opened(work: Work) -> OpenedTest:
    data = work.data
    with waiting(work.console, "drawing the lists of the test split"):
        return open_test(data.interactions, data.parts, work.definition.protocol, work.seed)


def _plan(work: Work, command: str, study: StudyResult) -> Plan | None:
    """None before confirming has ended with a choice, and all baselines are tuned."""
    confirmation = confirm(study)
    if confirmation is None or confirmation.chosen is None or not study.has_all_baselines:
        return None
    engine, device = engines.resolve(work.options.engine, work.options.device)
    return Plan(
        opened=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        versions=versions(),
        engine=engine,
        device=device,
        searched=dict(study.counts),
        trials=len(study.finished),
        seeds=work.options.fresh_seeds,
        way=confirmation.way,
        contestants=_contestants(confirmation, confirmation.chosen),
        opened_before=earlier_openings(work.storage, study),
    )


def _contestants(confirmation: Confirmation, chosen: Confirmed) -> tuple[Contestant, ...]:
    """The chosen configuration and the starting points; one may be both."""
    labelled = [
        _contestant(entry, entry.trial.label, entry.trial.label)
        for entry in confirmation.entries
        if entry.trial.label is not None
    ]
    return (_contestant(chosen, NEUMF, "NeuMF"), *labelled)


def _contestant(entry: Confirmed, name: str, label: str) -> Contestant:
    configuration, last_epoch = learnt(entry)
    return Contestant(name, label, entry.number, configuration.asdict(), last_epoch)


def _open(work: Work, plan: Plan, study: StudyResult) -> Opening | None:
    """The record; None if the session ends before."""
    opened = _opened(work)
    models = _neumfs(work, opened, plan)
    if models is None:
        return None
    with waiting(work.console, "counting what was consumed"):
        watch = Watch(work)
    refitted = refit(work, opened.problem, opened.lists, study.baselines, plan.seeds, watch.look)
    if refitted is None:
        return None
    everything = {**models, **refitted}
    return Opening.of(
        plan,
        tuple(tested(name, one.name, one, models[NEUMF]) for name, one in everything.items()),
        watch.behaviour({NEUMF: models[NEUMF], **refitted}, opened.lists, plan.way),
    )


def _neumfs(work: Work, opened: OpenedTest, plan: Plan) -> dict[str, MeasuredModel] | None:
    """Each trained on train and validation and measured; None if the session ends before."""
    name = work.definition.name
    contenders = {one.trial: _contender(work, one) for one in plan.contestants}
    runs = MeasuredRuns(
        work.storage,
        name,
        opening_of(name),
        list(contenders.values()),
        opened.lists,
        study_seed=work.seed,
        seeds=plan.seeds,
    )
    if runs.done < runs.total:
        phase, left = OPENING, runs.total - runs.done
        work.begin(phase, f"{phase}: {left} runs on train and validation")
        work.train(runs, unit="run", phase=phase, problem=opened.problem, lists=opened.lists)
        runs.interrupt_all("the session was interrupted")
    measured = read_runs(work.storage, opening_of(name))
    if runs.done < runs.total or measured is None:
        return None
    found = {one.name: model_of(measured, one.trial, one.label) for one in plan.contestants}
    if not found[NEUMF].measurements:
        failed = next((run.reason for run in measured.of(plan.chosen) if run.reason), None)
        raise UserError(
            f"the chosen configuration, of trial {plan.chosen}, cannot be trained on train and"
            f" validation: {failed}; nothing was evaluated for it"
        )
    return {name: model for name, model in found.items() if model.measurements}


def _contender(work: Work, one: Contestant) -> Contender:
    (contender,) = contenders_of(work.storage, work.definition, [one.trial])
    return replace(contender, configuration=rebuild(one.configuration), last_epoch=one.last_epoch)


def _saved_job(work: Work, plan: Plan) -> Job:
    """The run of the record whose model is saved."""
    return job_of(_contender(work, plan.contestants[0]), 0, SAVED_SEED, work.seed)
