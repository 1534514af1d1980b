"""Who is trained over fresh seeds: the best configurations of a study and its starting points."""

from __future__ import annotations

import json
from collections.abc import Iterator

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from studies.definition.schema import Definition
from studies.ledger.measured_runs import Contender
from studies.results.study_result import place, rebuild
from studies.storage import facts, record


def contenders(storage: BaseStorage, definition: Definition, top: int) -> list[Contender]:
    """The ``top`` best complete trials of different configurations, and the starting points,
    complete or pruned: they are what the chosen one is compared with."""
    study = optuna.load_study(study_name=definition.name, storage=storage)
    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    trials = [trial for trial in ended if record.CONFIGURATION in facts.of_trial(trial)]
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    ranked = list(_distinct(sorted(complete, key=lambda t: place(t.value or 0.0, t.number))))
    labelled = [trial for trial in trials if record.LABEL in trial.user_attrs]
    return [_contender(trial) for trial in _distinct([*ranked[:top], *labelled])]


def contenders_of(
    storage: BaseStorage, definition: Definition, numbers: list[int]
) -> list[Contender]:
    """The configurations of the trials with ``numbers``."""
    study = optuna.load_study(study_name=definition.name, storage=storage)
    trials = study.get_trials(deepcopy=False)
    return [_contender(trials[number]) for number in numbers]


def _distinct(trials: list[FrozenTrial]) -> Iterator[FrozenTrial]:
    """The first of each configuration."""
    known = set()
    for trial in trials:
        key = json.dumps(facts.of_trial(trial)[record.CONFIGURATION], sort_keys=True)
        if key not in known:
            known.add(key)
            yield trial


def _contender(trial: FrozenTrial) -> Contender:
    return Contender(
        trial.number,
        trial.user_attrs.get(record.LABEL),
        trial.params,
        trial.distributions,
        rebuild(facts.of_trial(trial)[record.CONFIGURATION]),
    )
