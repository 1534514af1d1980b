"""The pruner's audit trains a sample of pruned trials to their end, and changes no trial."""

from __future__ import annotations

import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from neumf.hyperparameters import Configuration
from studies.ledger.audit import Audit
from studies.ledger.ledger import Ledger
from studies.storage import record
from studies.storage.facts import of_trial
from tests.studies.synthetic import DATA, define, facts_of, finish, results, stored

PRUNER = {"pruner": {"kind": "median", "startup_trials": 3, "warmup_epochs": 1}}
DEFINITION = define(9, search=PRUNER)
GOOD = [0.3, 0.31, 0.32]
BAD = [0.1, 0.11, 0.4]
"""Worse than the others where the pruner looks, better than they in the end."""


@pytest.fixture
def storage() -> InMemoryStorage:
    """Three good trials, then six that were pruned in epoch 2."""
    storage = InMemoryStorage()
    curves = iter([GOOD] * 3 + [BAD] * 6)
    finish(Ledger(storage, DEFINITION, DATA), lambda _: next(curves))
    states = [trial.state for trial in stored(storage)]
    assert states == [TrialState.COMPLETE] * 3 + [TrialState.PRUNED] * 6
    return storage


def hold(audit: Audit, curve: list[float] = BAD) -> list[int]:
    """The whole audit; the numbers of the trials in it."""
    numbers = []
    while job := audit.ask():
        assert not any(audit.record(job.number, epoch) for epoch in results(curve))
        audit.complete(job.number)
        numbers.append(job.number)
    assert audit.done == audit.total
    return numbers


def kept(storage: InMemoryStorage) -> list[dict[str, object]]:
    found: list[dict[str, object]] = facts_of(storage).get(record.AUDIT, [])
    return found


def test_it_says_what_a_pruned_trial_would_have_been(storage: InMemoryStorage) -> None:
    before = stored(storage)
    numbers = hold(Audit(storage, DEFINITION, 2))
    assert len(set(numbers)) == 2
    expected: dict[str, object] = {
        "value": 0.4,
        "best_epoch": 3,
        "epochs": 3,
        "seconds": 1.5,
        "repeats": True,
    }
    expected["curve"] = BAD
    assert kept(storage) == [{"number": number, **expected} for number in numbers]
    assert stored(storage) == before


def test_it_trains_what_was_trained(storage: InMemoryStorage) -> None:
    """The trial's own configuration and seed, so that its first epochs repeat; else it says so."""
    audit = Audit(storage, DEFINITION, 1)
    job = audit.ask()
    assert job is not None
    facts = of_trial(stored(storage)[job.number])
    assert job.seed == facts["seed"]
    assert job.configuration == Configuration(**facts["hyperparameters"])
    for epoch in results([0.1, 0.12, 0.4]):
        audit.record(job.number, epoch)
    audit.complete(job.number)
    assert [result["repeats"] for result in kept(storage)] == [False]


@pytest.mark.parametrize(("size", "total"), [(0, 0), (4, 4), (6, 6), (99, 6)])
def test_its_size_is_bounded_by_what_was_pruned(
    size: int, total: int, storage: InMemoryStorage
) -> None:
    numbers = hold(Audit(storage, DEFINITION, size))
    assert len(set(numbers)) == len(numbers) == total
    assert set(numbers) <= set(range(3, 9))


def test_it_goes_on_where_it_was(storage: InMemoryStorage) -> None:
    """A larger one adds to a smaller one; the same again adds nothing."""
    first = hold(Audit(storage, DEFINITION, 2))
    assert hold(Audit(storage, DEFINITION, 2)) == []
    more = hold(Audit(storage, DEFINITION, 5))
    assert len(more) == 3
    assert not set(first) & set(more)
    assert len(kept(storage)) == 5


def test_a_trial_that_fails_now_is_left_out(storage: InMemoryStorage) -> None:
    """It counts as done, with no result; a dead worker's trial is left to another audit."""
    audit = Audit(storage, DEFINITION, 2)
    one, two = audit.ask(), audit.ask()
    assert one is not None
    assert two is not None
    audit.fail(one.number, "loss nan in epoch 3")
    audit.crash(two.number, "killed")
    assert audit.done == audit.total == 2
    assert audit.ask() is None
    assert kept(storage) == []
    assert hold(Audit(storage, DEFINITION, 2)) == [one.number, two.number]


def test_nothing_was_pruned() -> None:
    storage = InMemoryStorage()
    finish(Ledger(storage, DEFINITION, DATA), lambda _: GOOD)
    assert hold(Audit(storage, DEFINITION, 5)) == []
