"""The best trial's model and its twins are trained over fresh seeds, beside the study."""

from __future__ import annotations

from typing import Any

import optuna
import pytest
from optuna.storages import BaseStorage, InMemoryStorage

from neumf.hyperparameters import Configuration
from neumf.twins import twins_of
from studies.ledger.job import Job
from studies.ledger.ledger import MOST_CRASHES, Ledger
from studies.ledger.twins import Twins
from studies.results.study_result import TwinRun
from studies.storage import record
from studies.storage.facts import of_trial, store_unshown
from tests.studies.synthetic import DATA, Curve, define, facts_of, finish, peak, results, stored

DEFINITION = define(4, search={"seed": 5})
NEW = {"lr": 2e-3, "dropout": 0.2}
MODELS = ["NeuMF", "GMF alone", "MLP alone"]


@pytest.fixture
def storage() -> InMemoryStorage:
    """Four trials; the best has a learning rate near 1e-3."""
    storage = InMemoryStorage()
    finish(Ledger(storage, DEFINITION, DATA))
    return storage


def best(storage: BaseStorage) -> Configuration:
    trial = max(stored(storage), key=lambda trial: trial.value or 0.0)
    return Configuration(**of_trial(trial)["hyperparameters"])


def run(twins: Twins, job: Job, curve: Curve = peak) -> None:
    for epoch in results(curve(job.configuration)):
        assert not twins.record(job.number, epoch), "nothing is pruned"
    twins.complete(job.number)


def hold(twins: Twins, curve: Curve = peak) -> list[Job]:
    """All runs that are due, one after another."""
    jobs = []
    while job := twins.ask():
        run(twins, job, curve)
        jobs.append(job)
    assert twins.done == twins.total
    return jobs


def kept(storage: BaseStorage) -> list[TwinRun]:
    return [TwinRun(**run) for run in facts_of(storage).get(record.TWINS, [])]


def test_each_model_is_trained_with_each_fresh_seed(storage: InMemoryStorage) -> None:
    """The best configuration and its twins, seed by seed, and no trial is changed."""
    before = stored(storage)
    jobs = hold(Twins(storage, DEFINITION, 2))
    chosen = best(storage)
    models = [chosen, *(twin.configuration for twin in twins_of(chosen))]
    assert [job.configuration for job in jobs] == models * 2
    assert [job.label for job in jobs] == [
        f"{name}, fresh seed {seed}" for seed in (1, 2) for name in MODELS
    ]
    assert len({job.number for job in jobs}) == len({job.seed for job in jobs}) == 6
    assert {trial.user_attrs["seed"] for trial in before}.isdisjoint(job.seed for job in jobs)
    assert stored(storage) == before
    first = kept(storage)[0]
    curve = peak(chosen)
    assert first == TwinRun(chosen.asdict(), 1, jobs[0].seed, max(curve), 4, 5, 2.5)


def test_seeds_derive_from_the_studys() -> None:
    """The same study has the same fresh seeds, another one others. The GMF that is compared is the
    one that is joined; so is the partner."""

    def seeds(seed: int) -> list[tuple[int, int]]:
        other = InMemoryStorage()
        fixed = {"alpha": 0.5, "gmf_factors": 0}
        definition = define(2, fixed=fixed, search={"seed": seed, "sampler": {"kind": "random"}})
        finish(Ledger(other, definition, DATA))
        return [(job.seed, job.pretraining_seed) for job in hold(Twins(other, definition, 1))]

    assert seeds(5) == seeds(5)
    assert not {own for own, _ in seeds(5)} & {own for own, _ in seeds(6)}
    (mlp, pretraining), (_, gmf), (mlp_alone, _) = seeds(5)
    assert pretraining == gmf
    assert mlp == mlp_alone


def test_it_goes_on_where_it_was(storage: InMemoryStorage) -> None:
    """The same again adds nothing, fewer seeds neither; more add only the new ones."""
    first = hold(Twins(storage, DEFINITION, 2))
    for seeds in (2, 1):
        assert hold(Twins(storage, DEFINITION, seeds)) == []
    more = hold(Twins(storage, DEFINITION, 3))
    assert [job.label for job in more] == [f"{name}, fresh seed 3" for name in MODELS]
    assert not {job.seed for job in first} & {job.seed for job in more}
    assert len(kept(storage)) == 9
    assert hold(Twins(storage, DEFINITION, 0)) == []


def test_an_interrupted_run_is_trained_again(storage: InMemoryStorage) -> None:
    """Queued again in its session; another session trains what is not stored."""
    twins = Twins(storage, DEFINITION, 1)
    one, two = twins.ask(), twins.ask()
    assert one is not None
    assert two is not None
    twins.record(one.number, results([0.1])[0])
    twins.interrupt(one.number, "killed by signal 15")
    assert twins.ask() == one
    assert twins.done == 0
    run(twins, one)
    assert [job.label for job in hold(Twins(storage, DEFINITION, 1))] == [
        f"{name}, fresh seed 1" for name in MODELS[1:]
    ]
    assert kept(storage)[0].value == max(peak(one.configuration))


def test_what_cannot_be_trained_is_a_result(storage: InMemoryStorage) -> None:
    """Stored with its reason, and not tried for ever."""
    twins = Twins(storage, DEFINITION, 1)
    job = twins.ask()
    assert job is not None
    twins.record(job.number, results([0.3])[0])
    twins.fail(job.number, "loss nan in epoch 2")
    assert kept(storage) == [
        TwinRun(job.configuration.asdict(), 1, job.seed, None, None, 1, 0.5, "loss nan in epoch 2")
    ]
    assert len(hold(Twins(storage, DEFINITION, 1))) == 2


def test_a_crash_is_forgiven_once(storage: InMemoryStorage) -> None:
    """As a trial's: then the configuration is held at fault."""
    twins = Twins(storage, DEFINITION, 1)
    for _ in range(MOST_CRASHES):
        job = twins.ask()
        assert job is not None
        assert job.number == 0
        assert kept(storage) == []
        twins.crash(job.number, "killed by signal 9")
    assert [run.reason for run in kept(storage)] == ["killed by signal 9, 2 times"]
    assert twins.done == 1


def test_the_twins_belong_to_the_best_trial_of_the_day(storage: InMemoryStorage) -> None:
    """Those of an earlier best are kept, and are not trained again should it lead again."""
    hold(Twins(storage, DEFINITION, 1))
    longer = define(5, search={"seed": 5}, starting_points=[{"name": "new", "configuration": NEW}])
    finish(Ledger(storage, longer, DATA), lambda _: [0.9])
    assert best(storage).lr == NEW["lr"]
    assert len(hold(Twins(storage, longer, 1))) == 3
    assert len(kept(storage)) == 6


def test_runs_of_an_older_version_count(storage: InMemoryStorage) -> None:
    """A hyperparameter that is younger than a run had its default then."""
    hold(Twins(storage, DEFINITION, 1))
    runs = facts_of(storage)[record.TWINS]
    for each in runs:
        del each["configuration"]["alpha"]
    study = optuna.load_study(study_name="made", storage=storage)
    store_unshown(study, record.TWINS, runs)
    assert hold(Twins(storage, DEFINITION, 1)) == []


@pytest.mark.parametrize("fixed", [{"mlp_layers": 0}, {"gmf_factors": 0}])
def test_half_a_model_has_nothing_to_compare(fixed: dict[str, Any]) -> None:
    storage = InMemoryStorage()
    definition = define(2, fixed=fixed)
    finish(Ledger(storage, definition, DATA))
    assert hold(Twins(storage, definition, 3)) == []


def test_a_study_without_a_complete_trial_has_no_best() -> None:
    storage = InMemoryStorage()
    definition = define(1)
    ledger = Ledger(storage, definition, DATA)
    assert hold(Twins(storage, definition, 3)) == []
    job = ledger.ask()
    assert job is not None
    ledger.fail(job.number, "loss nan in epoch 1")
    assert hold(Twins(storage, definition, 3)) == []
