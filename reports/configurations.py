"""Hyperparameters in the order in which the model declares them, and configurations as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from neumf.hyperparameters import HYPERPARAMETERS
from reports import text
from studies.definition.param_names import hyperparameter_of, on_branch
from studies.results.study_result import StudyResult, TrialResult


def searched(study: StudyResult) -> tuple[str, ...]:
    """The hyperparameters that the trials vary."""
    return in_order(name for trial in study.trials for name in trial.params)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Distinct ``names`` in the model's order, those it does not know last. Of a hyperparameter
    that is searched on several branches, one branch follows another."""
    order = {name: place for place, name in enumerate(HYPERPARAMETERS)}

    def place(name: str) -> tuple[int, str]:
        return order.get(hyperparameter_of(name), len(order)), name

    return tuple(sorted(set(names), key=place))


def help_of(name: str) -> str:
    """A hyperparameter's help; empty for one that the model no longer has."""
    known = HYPERPARAMETERS.get(hyperparameter_of(name))
    return known.help if known else ""


def space(study: StudyResult) -> dict[str, Any]:
    """What the definition says of each searched hyperparameter, those of branches after the rest.
    Studies of older versions have no branches."""
    found = dict(study.definition.get("space", {}))
    for branch in study.definition.get("branches", ()):
        found |= {on_branch(branch["name"], name): e for name, e in branch["space"].items()}
    return found


def one_line(trial: TrialResult) -> str:
    """The searched values of a trial."""
    return ", ".join(f"{n} {text.short(trial.params[n])}" for n in in_order(trial.params))
