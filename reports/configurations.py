"""Hyperparameters in the order in which the model declares them, and configurations as text."""

from __future__ import annotations

from collections.abc import Iterable

from neumf.hyperparameters import HYPERPARAMETERS
from reports import text
from studies.results.study_result import StudyResult, TrialResult


def searched(study: StudyResult) -> tuple[str, ...]:
    """The hyperparameters that the trials vary."""
    return in_order(name for trial in study.trials for name in trial.params)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Distinct ``names`` in the model's order, those it does not know last."""
    order = {name: place for place, name in enumerate(HYPERPARAMETERS)}
    return tuple(sorted(set(names), key=lambda name: (order.get(name, len(order)), name)))


def help_of(name: str) -> str:
    """A hyperparameter's help; empty for one that the model no longer has."""
    return HYPERPARAMETERS[name].help if name in HYPERPARAMETERS else ""


def one_line(trial: TrialResult) -> str:
    """The searched values of a trial."""
    return ", ".join(f"{n} {text.short(trial.params[n])}" for n in in_order(trial.params))
