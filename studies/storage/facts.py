"""Where what is stored beside Optuna's own columns lies: a person reads user attributes in the
dashboard's tables, so what only this program reads is kept in system attributes, which they do
not show.

Older versions kept everything in user attributes; what they stored is read as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial

from neumf.metrics import HEADLINE, METRICS
from studies.storage import record

PREFIX = "neumf:"
"""Of our system attributes: Optuna and its dashboard have their own."""

UNSHOWN = frozenset(
    {
        *(record.CONFIGURATION, record.LOSSES),
        *(record.SAMPLED, record.CATALOGUE, record.WAYS),
        *(METRICS.keys() - {metric.name for metric in HEADLINE}),
    }
)
"""Attributes of a trial that are no columns of a table: nested or packed values, and metrics at
cut-offs beside the headline's, which the trial's note has."""


def of_trial(trial: FrozenTrial) -> dict[str, Any]:
    """All that is stored with a trial, by name."""
    return {**trial.user_attrs, **_ours(trial.system_attrs)}


def store_with_trial(trial: Trial, facts: Mapping[str, Any]) -> None:
    """Store ``facts`` with a trial that is running."""
    for name, fact in shown(facts).items():
        trial.set_user_attr(name, fact)
    for name, fact in unshown(facts).items():
        trial.storage.set_trial_system_attr(trial._trial_id, name, fact)  # noqa: SLF001 - Optuna offers no other way


def shown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a trial's ``facts`` that are its user attributes."""
    return {name: fact for name, fact in facts.items() if name not in UNSHOWN}


def unshown(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The others, as its system attributes."""
    return {PREFIX + name: fact for name, fact in facts.items() if name in UNSHOWN}


def of_study(study: optuna.Study) -> dict[str, Any]:
    """All that is stored with a study, by name."""
    storage, number = _place(study)
    return {**study.user_attrs, **_ours(storage.get_study_system_attrs(number))}


def store_unshown(study: optuna.Study, name: str, value: Any) -> None:
    """Store with a study what the dashboard shall not show."""
    storage, number = _place(study)
    storage.set_study_system_attr(number, PREFIX + name, value)


def _place(study: optuna.Study) -> tuple[optuna.storages.BaseStorage, int]:
    return study._storage, study._study_id  # noqa: SLF001 - Optuna offers no other way


def _ours(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {n.removeprefix(PREFIX): v for n, v in attributes.items() if n.startswith(PREFIX)}
