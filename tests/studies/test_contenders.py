"""Who is confirmed: the best different configurations, and every starting point beside them."""

from __future__ import annotations

from typing import Any

import optuna
import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from neumf.hyperparameters import Configuration
from studies.definition.schema import Definition
from studies.ledger.contenders import contenders, contenders_of
from studies.ledger.job import EpochResult
from studies.ledger.ledger import Ledger
from studies.storage import record
from tests.studies.synthetic import DATA, STARTING_POINTS, Curve, define, finish, results, stored

GRID = {"lr": {"choices": [1e-4, 3e-4, 1e-3, 3e-3]}}
"""Four configurations: more trials than that have duplicates among them."""


def by_rate(configuration: Configuration) -> list[float]:
    """The higher the learning rate, the better."""
    return [100 * configuration.lr] * 3


def made(definition: Definition, curve: Curve = by_rate) -> InMemoryStorage:
    storage = InMemoryStorage()
    finish(Ledger(storage, definition, DATA), curve)
    return storage


def rates(storage: InMemoryStorage, definition: Definition, top: int) -> list[float]:
    return [one.configuration.lr for one in contenders(storage, definition, top)]


def points(*lrs: float) -> list[dict[str, Any]]:
    return [{"name": f"point {lr}", "configuration": {"lr": lr}} for lr in lrs]


def test_a_configuration_counts_once_however_often_it_was_tried() -> None:
    """The duplicates of the best do not crowd out the second best."""
    definition = define(24, space=GRID, search={"seed": 1})
    storage = made(definition)
    duplicates = [t for t in stored(storage) if record.DUPLICATE_OF in t.user_attrs]
    assert sum(t.params["lr"] == 3e-3 for t in duplicates) >= 2
    assert rates(storage, definition, 3) == [3e-3, 1e-3, 3e-4]
    best = contenders(storage, definition, 1)[0]
    assert best.of_trial == min(t.number for t in stored(storage) if t.params["lr"] == 3e-3)
    assert rates(storage, definition, 20) == sorted(GRID["lr"]["choices"], reverse=True)


def test_starting_points_follow_the_best_by_their_names() -> None:
    definition = define(6, search={"seed": 1}, starting_points=STARTING_POINTS)
    storage = made(definition)
    found = contenders(storage, definition, 1)
    assert [one.label for one in found][1:] == ["notebook", "He et al."]
    values = {trial.number: trial.value for trial in stored(storage)}
    assert values[found[0].of_trial] == max(v for v in values.values() if v is not None)
    origin = stored(storage)[found[1].of_trial]
    assert (found[1].params, found[1].distributions) == (origin.params, origin.distributions)
    assert found[1].configuration.dropout == 0.3


def test_a_starting_point_among_the_best_is_one_of_them() -> None:
    """And is not trained twice."""
    definition = define(4, space=GRID, search={"seed": 1}, starting_points=points(3e-3))
    storage = made(definition)
    found = contenders(storage, definition, 2)
    assert [one.label for one in found] == ["point 0.003", None]


def test_a_pruned_starting_point_is_compared_too() -> None:
    """Pruned trials are not among the best, but what was asked to be compared with is."""
    definition = define(12, space=GRID, search={"seed": 1}, starting_points=points(1e-3, 1e-4))
    storage = InMemoryStorage()
    ledger = Ledger(storage, definition, DATA)
    first, second = ledger.ask(), ledger.ask()
    assert first is not None
    assert second is not None
    for job in (first, second):
        ledger.record(job.number, results_of_one(job.configuration))
        ledger.prune(job.number)
    finish(ledger, by_rate)
    assert [t.state for t in stored(storage)[:2]] == [TrialState.PRUNED] * 2
    found = contenders(storage, definition, 1)
    assert [one.configuration.lr for one in found] == [3e-3, 1e-3, 1e-4]
    assert [one.label for one in found] == [None, "point 0.001", "point 0.0001"]


def results_of_one(configuration: Configuration) -> EpochResult:
    return results(by_rate(configuration))[0]


def test_what_failed_or_waits_is_no_contender() -> None:
    """A starting point that cannot be trained is nothing to compare with."""
    definition = define(3, space=GRID, search={"seed": 1}, starting_points=points(1e-3, 1e-4))
    storage = InMemoryStorage()
    ledger = Ledger(storage, definition, DATA)
    job = ledger.ask()
    assert job is not None
    ledger.fail(job.number, "loss nan in epoch 1")
    assert contenders(storage, definition, 5) == []


@pytest.mark.parametrize("top", [1, 3, 100])
def test_there_may_be_fewer_complete_trials_than_wanted(top: int) -> None:
    definition = define(3, search={"seed": 1})
    storage = made(definition)
    assert len(contenders(storage, definition, top)) == min(top, 3)


def test_trials_are_found_by_number() -> None:
    """In the order asked for, whatever their state."""
    definition = define(4, search={"seed": 1}, starting_points=STARTING_POINTS)
    storage = made(definition)
    found = contenders_of(storage, definition, [3, 0])
    assert [one.of_trial for one in found] == [3, 0]
    assert found[1].label == "notebook"
    assert found[0].params == optuna.load_study(study_name="made", storage=storage).trials[3].params
