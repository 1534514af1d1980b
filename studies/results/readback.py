"""A stored study read back as plain values."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from neumf.errors import UserError, did_you_mean
from neumf.metrics import OBJECTIVE
from studies.results.behaviour import recommended_of
from studies.results.importance import importances
from studies.results.measured_readback import read_baselines, read_runs, read_spans
from studies.results.opening import Earlier, Opening, Plan
from studies.results.study_result import AuditedTrial, StudyResult, TrialResult, TwinRun
from studies.storage import record
from studies.storage.database import names, open_storage
from studies.storage.errors import record_errors
from studies.storage.facts import of_study, of_trial
from studies.storage.names import confirmation_of, is_side
from studies.storage.url import masked


def read(url: str, name: str) -> StudyResult:
    """The study called ``name`` in the storage at ``url``.

    Raises:
        UserError: no such storage or study, or one that is damaged.
    """
    known = names(url)
    if name not in known:
        hint = did_you_mean(name, known) if known else "; it holds none"
        raise UserError(f"no study {name!r} in {masked(url)}{hint}")
    with record_errors(url):
        storage = open_storage(url)
        study = optuna.load_study(study_name=name, storage=storage)
        if record.DEFINITION not in of_study(study):
            raise UserError(f"study {name!r} in {masked(url)} was not made by this program")
        return read_from(storage, name)


def read_from(storage: BaseStorage, name: str) -> StudyResult:
    """The study called ``name``, which is ours, in an open storage."""
    found = read_stored(storage, name)
    return replace(
        found,
        importances=importances(found.trials, found.definition["search"]["seed"]),
        beside=read_spans(storage, name),
    )


def read_stored(storage: BaseStorage, name: str) -> StudyResult:
    """The same without importances, and without when what is beside the trials was done."""
    study = optuna.load_study(study_name=name, storage=storage)
    confirmed = read_runs(storage, confirmation_of(name))
    return replace(
        results_of(study),
        confirmed=confirmed,
        baselines=read_baselines(of_study(study).get(record.BASELINES, []), confirmed),
    )


def results_of(study: optuna.Study) -> StudyResult:
    """A study of this program by itself: without importances, and without what the study beside
    it confirms."""
    attributes = of_study(study)
    definition = attributes[record.DEFINITION]
    opened, planned = attributes.get(record.OPENING), attributes.get(record.OPENING_PLAN)
    recommended = attributes.get(record.RECOMMENDED)
    (objective,) = study.metric_names or (OBJECTIVE.name,)
    trials = tuple(trial_of(trial) for trial in study.get_trials(deepcopy=False))
    return StudyResult(
        name=study.study_name,
        description=definition["description"],
        definition=definition,
        data=attributes[record.DATA],
        objective=objective,
        command=_command(attributes.get(record.COMMAND) or shlex.quote(study.study_name)),
        trials=trials,
        sessions=tuple(attributes.get(record.SESSIONS, [])),
        audit=tuple(
            AuditedTrial(**{**result, "curve": tuple(result.get("curve", ()))})
            for result in attributes.get(record.AUDIT, [])
        ),
        twins=tuple(TwinRun(**run) for run in attributes.get(record.TWINS, [])),
        opening=None if opened is None else Opening.of_attribute(opened),
        opening_plan=None if planned is None else Plan.of_attribute(planned),
        recommended=None if recommended is None else recommended_of(recommended),
    )


def earlier_openings(storage: BaseStorage, study: StudyResult) -> tuple[Earlier, ...]:
    """Of the test split of ``study`` by other studies in the storage, the first one first. To have
    begun counts: what came of it may have been seen."""
    known = set(optuna.get_all_study_names(storage))
    found = []
    for name in sorted(known - {study.name}):
        if is_side(name, known):
            continue
        stored = of_study(optuna.load_study(study_name=name, storage=storage))
        opened = stored.get(record.OPENING) or stored.get(record.OPENING_PLAN)
        if opened is None:
            continue
        if _split(stored[record.DEFINITION], stored[record.DATA]) == _split(
            study.definition, study.data
        ):
            found.append(Earlier(name, opened["opened"]))
    return tuple(sorted(found, key=lambda one: (one.opened, one.study)))


def _split(definition: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[Any, ...]:
    """What decides which interactions are test."""
    how = definition["protocol"]["split"]
    seed = definition["search"]["seed"] if how == "ratio" else None  # the other draws nothing
    return data["fingerprint"], how, seed


def _command(stored: str) -> str:
    """Of words alone: a page shows it to be copied to a shell, whoever stored it."""
    return shlex.join(shlex.split(stored))


def trial_of(trial: FrozenTrial) -> TrialResult:
    """A stored trial."""
    facts = of_trial(trial)
    return TrialResult(
        number=trial.number,
        state=record.state_of(trial),
        params=trial.params,
        value=trial.value if trial.state == TrialState.COMPLETE else None,
        configuration=facts.get(record.CONFIGURATION, {}),
        curve=tuple(sorted(trial.intermediate_values.items())),
        losses=tuple(facts.get(record.LOSSES, ())),
        metrics=record.stored_metrics(facts),
        started=trial.datetime_start,
        finished=trial.datetime_complete,
        **{name: facts[name] for name in record.RESULTS if name in facts},
    )
