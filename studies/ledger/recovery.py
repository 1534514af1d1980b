"""What is tried before the sampler chooses: starting points, and trials that were lost."""

from __future__ import annotations

from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from studies.definition.schema import Definition
from studies.storage import record

KEPT = (record.LABEL, record.CRASHES)
"""What a lost trial hands on to the one that repeats it."""

_QUEUED = "fixed_params"
"""Optuna's system attribute of a trial that was queued: its configuration, whole before the first
of it is read."""


def enqueue(study: optuna.Study, configuration: dict[str, Any], attributes: dict[str, Any]) -> None:
    """Have ``configuration`` tried next."""
    study.enqueue_trial(configuration, user_attrs=attributes)


def requeue(
    study: optuna.Study, number: int, params: dict[str, Any], attributes: dict[str, Any]
) -> None:
    """Have a lost trial's configuration tried again."""
    kept = {name: attributes[name] for name in KEPT if name in attributes}
    enqueue(study, params, {**kept, record.RETRY_OF: number})


def queued_configuration(trial: FrozenTrial) -> dict[str, Any]:
    """What a trial was meant to try, even if none of it was read yet."""
    configuration: dict[str, Any] = trial.system_attrs.get(_QUEUED, trial.params)
    return configuration


def starting_points(trials: list[FrozenTrial]) -> dict[str, dict[str, Any]]:
    """The starting points among ``trials``, tried or queued: name to configuration."""
    return {
        trial.user_attrs[record.LABEL]: queued_configuration(trial)
        for trial in trials
        if record.LABEL in trial.user_attrs
    }


def recover(study: optuna.Study, storage: BaseStorage, definition: Definition) -> None:
    """Put in order what a dead coordinator left; safe to be cut short and repeated.

    Nobody else owns the study, so a trial that is still running was lost with its coordinator.
    """
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        lost = {record.REASON: "the coordinator died", record.INTERRUPTED: True}
        for name, value in lost.items():
            storage.set_trial_user_attr(trial._trial_id, name, value)  # noqa: SLF001 - Optuna offers no other way
        study.tell(trial.number, state=TrialState.FAIL)
    trials = study.get_trials(deepcopy=False)
    retried = {trial.user_attrs.get(record.RETRY_OF) for trial in trials}
    for trial in trials:
        is_lost = record.state_of(trial) == "interrupted"
        if is_lost and _is_whole(trial, definition) and trial.number not in retried:
            requeue(study, trial.number, queued_configuration(trial), trial.user_attrs)


def chosen(study: optuna.Study, definition: Definition) -> int:
    """How many configurations have been given out, whatever became of their trials: one that is
    tried again was chosen once, and one of which a dead coordinator had read only a part is chosen
    anew."""
    states = [state for state in TrialState if state != TrialState.WAITING]
    trials = study.get_trials(deepcopy=False, states=states)
    return sum(record.RETRY_OF not in t.user_attrs and _is_whole(t, definition) for t in trials)


def _is_whole(trial: FrozenTrial, definition: Definition) -> bool:
    """Whether it is known which configuration the trial was to try."""
    configuration = queued_configuration(trial)
    return configuration.keys() == definition.space_of(configuration).keys()
