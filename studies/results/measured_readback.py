"""Runs over fresh seeds, and baselines, read back as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from studies.results.measured import (
    ListSizes,
    MeasuredModel,
    MeasuredRun,
    MeasuredRuns,
    TunedBaseline,
)
from studies.storage import record
from studies.storage.facts import of_study, of_trial
from studies.storage.packed import unpack, unpack_measurement


def read_runs(storage: BaseStorage, name: str) -> MeasuredRuns | None:
    """The runs of the study ``name``; None where there is none."""
    try:
        study = optuna.load_study(study_name=name, storage=storage)
    except KeyError:
        return None
    attributes = of_study(study)
    if record.PLAN not in attributes:  # killed before it was described
        return None
    lists, plan = attributes[record.LISTS], attributes[record.PLAN]
    trials = study.get_trials(deepcopy=False)
    return MeasuredRuns(
        tuple(run_of(trial) for trial in trials if not trial.user_attrs.get(record.INTERRUPTED)),
        ListSizes(unpack(lists["pool"]), lists["candidates"]),
        unpack(lists["users"]),
        tuple(plan["trials"]),
        plan["seeds"],
    )


def run_of(trial: FrozenTrial) -> MeasuredRun:
    """A stored run."""
    facts = of_trial(trial)
    kept = ("best_epoch", "seconds", "parameters", "alpha", "seed", "engine", "reason")
    return MeasuredRun(
        facts[record.OF_TRIAL],
        facts.get(record.LABEL),
        facts[record.CONFIGURATION],
        facts[record.SEED_NUMBER],
        facts[record.LAST_EPOCH],
        unpack_measurement(facts),
        facts.get(record.WAYS, {}),
        curve=tuple(sorted(trial.intermediate_values.items())),
        **{name: facts[name] for name in kept if name in facts},
    )


def read_baselines(
    stored: Sequence[Mapping[str, Any]], confirmed: MeasuredRuns | None
) -> tuple[TunedBaseline, ...]:
    """The tuned baselines, which were measured on the lists that confirmed configurations were."""
    if confirmed is None:
        return ()
    return tuple(_baseline(one, confirmed) for one in stored)


def _baseline(facts: Mapping[str, Any], confirmed: MeasuredRuns) -> TunedBaseline:
    measurement = unpack_measurement(facts)
    measurements = {} if measurement is None else {1: measurement}
    label = facts["label"]
    return TunedBaseline(
        facts["name"],
        label,
        facts["hyperparameters"],
        facts["tried"],
        facts["seconds"],
        MeasuredModel(label, measurements, confirmed.sizes, confirmed.users),
        facts.get("refusal"),
    )
