"""The ledger: exact totals, one training per configuration, and a verdict for every trial."""

from __future__ import annotations

import optuna
import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from neumf.errors import UserError
from neumf.hyperparameters import Configuration
from neumf.seeds import trial_seed
from studies.ledger.duplicates import COPIES_AT_ONCE
from studies.ledger.ledger import Ledger
from studies.storage import record
from studies.storage.facts import of_trial
from tests.studies.synthetic import (
    DATA,
    NO_PRUNER,
    STARTING_POINTS,
    ask,
    counted,
    define,
    finish,
    results,
    stored,
    train,
)

SMALL = {"batch_size": {"choices": [256, 512]}, "mlp_layers": {"low": 1, "high": 2}}
"""A space of four configurations."""


@pytest.mark.parametrize("at_once", [1, 3])
def test_the_total_is_exact(at_once: int) -> None:
    """With any number of trials under way, and when it is raised or lowered later."""
    storage = InMemoryStorage()
    for total, expected in ((5, 5), (5, 5), (8, 8), (2, 8)):
        ledger = Ledger(storage, define(total), DATA)
        while jobs := [job for _ in range(at_once) if (job := ledger.ask())]:
            assert ledger.under_way == len(jobs)
            for job in jobs:
                train(ledger, job)
        assert ledger.done == len(counted(storage)) == expected
    assert len(stored(storage)) == 8


def test_no_more_is_asked_than_is_missing() -> None:
    ledger = Ledger(InMemoryStorage(), define(2), DATA)
    first, _ = ask(ledger), ask(ledger)
    assert ledger.ask() is None
    ledger.fail(first.number, "NaN")
    assert ledger.ask() is None
    assert (ledger.done, ledger.under_way) == (1, 1)


def test_a_job_is_the_whole_configuration_and_its_seed() -> None:
    definition = define(1, fixed={"epochs": 7}, search={"seed": 3})
    job = ask(Ledger(InMemoryStorage(), definition, DATA))
    assert job.configuration.epochs == 7
    assert job.configuration.mlp_layers == 3
    assert 1e-4 <= job.configuration.lr <= 1e-2
    assert job.seed == trial_seed(3, job.configuration)
    assert job.label is None


def test_a_trials_value_is_that_of_its_best_epoch() -> None:
    """With every metric of that epoch, the whole curve, the cost and the provenance."""
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(1), DATA)
    job = ask(ledger)
    train(ledger, job, lambda _: [0.1, 0.3, 0.2])
    (trial,) = stored(storage)
    assert trial.state == TrialState.COMPLETE
    assert trial.value == 0.3
    assert trial.intermediate_values == {1: 0.1, 2: 0.3, 3: 0.2}
    assert record.stored_metrics(of_trial(trial))["HR@10"] == 0.15
    expected = {
        "hyperparameters": job.configuration.asdict(),
        "seed": job.seed,
        "best_epoch": 2,
        "epochs": 3,
        "seconds": 1.5,
        "samples_per_second": 2000,
        "parameters": 1234,
        "engine": "made-up",
        "losses": [1.0, 0.5, 1 / 3],
    }
    assert of_trial(trial).items() >= expected.items()


def test_a_best_value_of_zero_is_a_value() -> None:
    storage = InMemoryStorage()
    finish(Ledger(storage, define(2), DATA), lambda _: [0.0, 0.0])
    assert [trial.value for trial in stored(storage)] == [0.0, 0.0]


def test_a_configuration_is_trained_once() -> None:
    """A small space runs out, and the study still ends at its total: duplicates are given what
    is known, curve and metrics and all."""
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(30, space=SMALL, search=NO_PRUNER), DATA)
    trained: list[Configuration] = []
    while job := ledger.ask():
        trained.append(job.configuration)
        train(ledger, job)
    assert len(trained) == len(set(trained)) == 4
    assert len(counted(storage)) == 30
    duplicates = [t for t in stored(storage) if record.DUPLICATE_OF in t.user_attrs]
    assert len(duplicates) == 26
    for trial in duplicates:
        original = stored(storage)[trial.user_attrs[record.DUPLICATE_OF]]
        assert trial.params == original.params
        assert trial.value == original.value
        assert trial.intermediate_values == original.intermediate_values
        assert of_trial(trial).items() >= of_trial(original).items()


def test_an_exhausted_space_is_not_gone_through_in_one_go() -> None:
    """Copies are made some at a time, so that whoever asks can heed a stop, and to the total."""
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(350, space=SMALL, search=NO_PRUNER), DATA)
    asked = 0
    while ledger.done < ledger.total:
        before = ledger.done
        if job := ledger.ask():
            train(ledger, job)
        assert ledger.done - before <= COPIES_AT_ONCE + 1
        asked += 1
    assert asked > 350 / COPIES_AT_ONCE
    assert len(counted(storage)) == 350


def test_what_is_known_survives_a_restart() -> None:
    storage = InMemoryStorage()
    finish(Ledger(storage, define(10, space=SMALL, search=NO_PRUNER), DATA))
    known = {tuple(trial.params.items()) for trial in stored(storage)}
    ledger = Ledger(storage, define(20, space=SMALL, search=NO_PRUNER), DATA)
    while job := ledger.ask():
        configuration = job.configuration.asdict()
        assert tuple((name, configuration[name]) for name in SMALL) not in known
        train(ledger, job)
    assert len(counted(storage)) == 20


def test_a_duplicate_of_a_running_trial_waits_for_it() -> None:
    """It takes part in the total at once, and has its verdict when the first one has."""
    storage = InMemoryStorage()
    two = [
        {"name": name, "configuration": STARTING_POINTS[0]["configuration"]}
        for name in ("one", "two")
    ]
    ledger = Ledger(storage, define(3, starting_points=two, search=NO_PRUNER), DATA)
    one, other = ask(ledger), ask(ledger)
    assert (one.number, other.number) == (0, 2)
    assert ledger.ask() is None
    train(ledger, one)
    assert ledger.done == 2
    first, duplicate, _ = stored(storage)
    assert duplicate.value == first.value
    assert duplicate.user_attrs[record.DUPLICATE_OF] == 0
    assert duplicate.user_attrs[record.LABEL] == "two"


def test_a_duplicate_does_not_take_over_what_is_the_trials_own() -> None:
    """Its name, its crash: the notebook's, drawn again, is not the notebook's trial."""
    storage = InMemoryStorage()
    first = [{"name": "notebook", "configuration": {"batch_size": 256, "mlp_layers": 1}}]
    ledger = Ledger(storage, define(12, space=SMALL, starting_points=first, search=NO_PRUNER), DATA)
    ledger.crash(ask(ledger).number, "killed")
    finish(ledger)
    duplicates = [t for t in counted(storage) if t.user_attrs.get(record.DUPLICATE_OF) == 1]
    assert duplicates
    for trial in duplicates:
        assert not trial.user_attrs.keys() & {record.LABEL, record.CRASHES, record.RETRY_OF}


def test_a_failed_configuration_is_not_tried_again() -> None:
    """A NaN loss counts, with its reason; its duplicates fail with it; the search continues."""
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(20, space=SMALL, search=NO_PRUNER), DATA)
    bad = ask(ledger)
    ledger.record(bad.number, results([0.2])[0])
    ledger.fail(bad.number, "loss nan in epoch 2")
    finish(ledger)
    failed = [t for t in counted(storage) if t.state == TrialState.FAIL]
    assert failed[0].number == bad.number
    assert {t.user_attrs[record.REASON] for t in failed} == {"loss nan in epoch 2"}
    assert all(t.params == failed[0].params for t in failed)
    assert of_trial(failed[0])["losses"] == [1.0]
    assert all(t.params != failed[0].params for t in counted(storage) if t not in failed)


def test_a_crashed_configuration_has_one_more_try() -> None:
    """At once, under a new number, with the same seed and name; and it does not count."""
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(3, starting_points=STARTING_POINTS), DATA)
    job = ask(ledger)
    ledger.crash(job.number, "killed by signal 9")
    assert ledger.done == 0
    other, again = ask(ledger), ask(ledger)
    assert other.label == "He et al."
    assert (again.configuration, again.seed, again.label) == (
        job.configuration,
        job.seed,
        "notebook",
    )
    crashed = stored(storage)[job.number]
    assert crashed.state == TrialState.FAIL
    assert crashed.user_attrs[record.REASON] == "killed by signal 9"
    assert crashed.user_attrs[record.INTERRUPTED] is True
    assert stored(storage)[again.number].user_attrs[record.RETRY_OF] == job.number
    train(ledger, other)
    train(ledger, again)
    finish(ledger)
    assert len(counted(storage)) == 3


def test_a_configuration_that_crashes_twice_is_at_fault() -> None:
    """Also where the program was started again in between."""
    storage = InMemoryStorage()
    definition = define(2, starting_points=STARTING_POINTS[:1])
    ledger = Ledger(storage, definition, DATA)
    ledger.crash(ask(ledger).number, "out of memory")
    ledger = Ledger(storage, definition, DATA)
    again = ask(ledger)
    assert again.label == "notebook"
    ledger.crash(again.number, "out of memory")
    assert ledger.done == 1
    assert stored(storage)[again.number].user_attrs[record.REASON] == "out of memory, 2 times"
    assert ask(ledger).label is None
    assert ledger.ask() is None


def test_what_is_asked_for_first_comes_first() -> None:
    """In the definition's order, by name; then the sampler chooses."""
    ledger = Ledger(InMemoryStorage(), define(3, starting_points=STARTING_POINTS), DATA)
    notebook, he, sampled = ask(ledger), ask(ledger), ask(ledger)
    assert (notebook.label, he.label, sampled.label) == ("notebook", "He et al.", None)
    assert (notebook.configuration.lr, notebook.configuration.dropout) == (1e-3, 0.3)
    assert (he.configuration.lr, he.configuration.dropout) == (5e-4, 0.0)


def test_a_new_starting_point_is_tried_next() -> None:
    """And the old ones are not tried again."""
    storage = InMemoryStorage()
    finish(Ledger(storage, define(3, starting_points=STARTING_POINTS[:1]), DATA))
    ledger = Ledger(storage, define(5, starting_points=STARTING_POINTS), DATA)
    assert ask(ledger).label == "He et al."
    assert ask(ledger).label is None
    assert ledger.ask() is None


def test_numbers_may_be_written_either_way() -> None:
    """256.0 is 256 for Optuna too."""
    first = [{"name": "a", "configuration": {"batch_size": 256.0, "mlp_layers": 2.0}}]
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(20, space=SMALL, starting_points=first, search=NO_PRUNER), DATA)
    job = ask(ledger)
    assert job.configuration == Configuration(batch_size=256, mlp_layers=2)
    train(ledger, job)
    finish(ledger)
    assert sum(record.DUPLICATE_OF not in t.user_attrs for t in stored(storage)) == 4


def test_another_programs_study_is_left_alone() -> None:
    storage = InMemoryStorage()
    theirs = optuna.create_study(storage=storage, study_name="made")
    theirs.add_trial(optuna.create_trial(value=1.0))
    with pytest.raises(UserError, match="^study 'made' is already stored and was not made by this"):
        Ledger(storage, define(3), DATA)
    assert theirs.user_attrs == {}
    assert len(theirs.trials) == 1
