"""Runs over fresh seeds, and baselines, read back as plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
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
from studies.results.spans import Phase, Span
from studies.storage import record
from studies.storage.facts import of_study, of_trial
from studies.storage.names import confirmation_of, opening_of
from studies.storage.packed import unpack, unpack_measurement

BESIDE: dict[Phase, Callable[[str], str]] = {
    "confirming": confirmation_of,
    "opening": opening_of,
}
"""The names of the studies of runs that are beside a searched one."""


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


def read_spans(storage: BaseStorage, name: str) -> tuple[Span, ...]:
    """When the runs beside the study ``name`` were made and its simple models tuned: of the runs on
    the test split, that and nothing else."""
    found: list[Span] = []
    for phase, beside in BESIDE.items():
        with suppress(KeyError):  # there is no such study
            runs = optuna.load_study(study_name=beside(name), storage=storage)
            found += map(partial(_span, phase), runs.get_trials(deepcopy=False))
    searched = optuna.load_study(study_name=name, storage=storage)
    for one in of_study(searched).get(record.BASELINES, []):
        if "finished" in one:  # older versions did not tell, nor does one that was refused
            finished = datetime.fromisoformat(one["finished"])
            started = finished - timedelta(seconds=one["seconds"])
            found.append(Span("simple models", one["label"], "complete", started, finished))
    return tuple(found)


def _span(phase: Phase, trial: FrozenTrial) -> Span:
    facts = of_trial(trial)
    assert trial.datetime_start is not None
    assert trial.datetime_complete is not None
    return Span(
        phase,
        f"trial {facts[record.OF_TRIAL]}, fresh seed {facts[record.SEED_NUMBER]}",
        record.state_of(trial),
        trial.datetime_start,
        trial.datetime_complete,
        facts.get(record.WORKER),
        trial=facts[record.OF_TRIAL],
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
        losses=tuple(facts.get(record.LOSSES, ())),
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
