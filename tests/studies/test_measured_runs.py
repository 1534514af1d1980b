"""Configurations are trained over fresh seeds, each run stored whole beside the searched study."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from neumf.errors import UserError
from neumf.evaluation.measurement import all_metrics
from neumf.seeds import fresh_seed, trial_seed
from search.coordinator import Coordinator
from search.workers.messages import Died, TrialDone
from studies.ledger import measured_runs as module
from studies.ledger.contenders import contenders
from studies.ledger.ledger import MOST_CRASHES, Ledger
from studies.notes.storing import without_note
from studies.results.measured_readback import read_runs
from studies.storage import record
from studies.storage.facts import of_trial
from studies.storage.packed import unpack_measurement
from tests.search.fakes import FakeObserver, FakePool, Message, failed, trained
from tests.studies.fresh_runs import (
    DEFINITION,
    LISTS,
    NAME,
    SEED,
    ask,
    begin,
    hold,
    kept,
    lists_of,
    model,
    reason_of,
    told,
    train,
)
from tests.studies.synthetic import DATA, finish, results, stored


@pytest.fixture
def storage() -> InMemoryStorage:
    """Five trials, two of them starting points."""
    storage = InMemoryStorage()
    finish(Ledger(storage, DEFINITION, DATA))
    return storage


def test_one_seed_follows_another(storage: InMemoryStorage) -> None:
    """Whole pairs are there early; seeds are fresh and the same for all; no trial is changed."""
    before = stored(storage)
    several = contenders(storage, DEFINITION, 1)
    runs = begin(storage, top=1, seeds=3)
    assert (runs.done, runs.total) == (0, 3 * len(several))
    jobs = hold(runs)
    named = [one.label or f"trial {one.of_trial}" for one in several]
    assert told(jobs) == [f"{name}, fresh seed {n}" for n in (1, 2, 3) for name in named]
    assert [job.configuration for job in jobs] == 3 * [one.configuration for one in several]
    assert [job.seed for job in jobs] == [
        trial_seed(fresh_seed(SEED, n), one.configuration) for n in (1, 2, 3) for one in several
    ]
    assert len({job.number for job in jobs}) == len(jobs)
    assert all(job.measured and not job.kept and job.last_epoch is None for job in jobs)
    assert {t.user_attrs[record.SEED] for t in before}.isdisjoint(job.seed for job in jobs)
    assert stored(storage) == before


@pytest.mark.parametrize(("candidates", "way"), [(10, "expected"), ("all", "catalogue")])
def test_plain_optuna_reads_a_run(
    storage: InMemoryStorage, candidates: int | str, way: str
) -> None:
    """Its params, curve and value are those of any trial; the value is the objective in the way of
    measuring that the study is named after."""
    lists = lists_of(candidates)
    searched = stored(storage)
    hold(begin(storage, lists=lists))
    study = optuna.load_study(study_name=NAME, storage=storage)
    assert study.metric_names == [f"{way} nDCG@10"]
    assert study.best_value == of_trial(study.best_trial)[record.WAYS][way]["nDCG@10"]
    for trial in study.trials:
        origin = searched[trial.user_attrs[record.OF_TRIAL]]
        assert trial.state == TrialState.COMPLETE
        assert (trial.params, trial.distributions) == (origin.params, origin.distributions)
        assert of_trial(trial)[record.CONFIGURATION] == of_trial(origin)[record.CONFIGURATION]
        assert trial.user_attrs.get(record.LABEL) == origin.user_attrs.get(record.LABEL)
        assert trial.intermediate_values == origin.intermediate_values, "the made-up curve"
        assert trial.user_attrs[record.BEST_EPOCH] == 4
        measurement = unpack_measurement(of_trial(trial))
        assert measurement is not None
        assert of_trial(trial)[record.WAYS] == all_metrics(measurement, lists)
        assert trial.value == of_trial(trial)[record.WAYS][way]["nDCG@10"]
        assert trial.datetime_start is not None
        assert trial.datetime_complete is not None
        assert trial.datetime_start <= trial.datetime_complete


class AtOnce(InMemoryStorage):
    """Refuses to add to a trial that is there."""

    def refuse(self, *_: Any, **__: Any) -> None:
        raise AssertionError("a run is stored in one go")

    set_trial_user_attr = set_trial_system_attr = refuse
    set_trial_intermediate_value = set_trial_param = refuse
    set_trial_state_values = refuse  # type: ignore[assignment]


def test_a_run_is_stored_whole_or_not_at_all(storage: InMemoryStorage) -> None:
    """With one call, whatever became of it: a kill leaves no half of one, and nothing running."""
    several = contenders(storage, DEFINITION, 3)
    fresh = AtOnce()
    runs = begin(fresh, several=several)
    one, two, three = ask(runs), ask(runs), ask(runs)
    assert kept(fresh) == [], "what runs is not stored"
    train(runs, one)
    runs.fail(two.number, "loss nan in epoch 1")
    runs.interrupt(three.number, "killed by signal 15")
    assert [trial.state.name for trial in kept(fresh)] == ["COMPLETE", "FAIL", "FAIL"]


def test_killed_between_storing_a_run_and_its_note(
    storage: InMemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note is written when the runs go on."""
    runs = begin(storage)
    with monkeypatch.context() as patch:
        patch.setattr(module, "note_run", lambda *_: None)  # nothing comes after it
        train(runs, ask(runs))
    (run,) = kept(storage)
    study = optuna.load_study(storage=storage, study_name=NAME)
    assert without_note(study, [run._trial_id]) == [run._trial_id]
    begin(storage)
    assert without_note(study, [run._trial_id]) == []


def test_nothing_finished_is_trained_again(storage: InMemoryStorage) -> None:
    """Failures are results too; what was interrupted, or was running when all died, is due."""
    runs = begin(storage)
    one, two, three, four = (ask(runs) for _ in range(4))
    train(runs, one)
    runs.record(two.number, results([0.3])[0])
    runs.fail(two.number, "loss nan in epoch 2")
    runs.interrupt(three.number, "the session was interrupted")
    del four  # killed: nobody says so
    assert [reason_of(trial) for trial in kept(storage)] == [
        None,
        "loss nan in epoch 2",
        "the session was interrupted",
    ]
    again = begin(storage)
    assert again.done == 2
    jobs = hold(again)
    assert len(jobs) == again.total - 2
    assert not {one.label, two.label} & set(told(jobs))
    assert three.label in told(jobs)
    assert hold(begin(storage)) == []
    found = read_runs(storage, NAME)
    assert found is not None
    assert found.is_complete
    assert len(found.runs) == again.total, "the interrupted attempt is not one of them"


def test_an_interrupted_run_is_next_and_starts_anew(storage: InMemoryStorage) -> None:
    """Epochs of the first attempt do not count twice."""
    runs = begin(storage)
    job = ask(runs)
    for epoch in results([0.9, 0.8]):
        runs.record(job.number, epoch)
    runs.interrupt(job.number, "killed by signal 15")
    assert runs.done == 0
    assert ask(runs) == job
    train(runs, job)
    _, complete = kept(storage)
    assert len(complete.intermediate_values) == len(of_trial(complete)[record.LOSSES]) == 5


def test_all_that_runs_is_interrupted_at_once(storage: InMemoryStorage) -> None:
    """As at the end of a session."""
    runs = begin(storage)
    asked = {ask(runs).label for _ in range(3)}
    runs.interrupt_all("the session was interrupted")
    assert runs.done == 0
    assert {ask(runs).label for _ in range(3)} == asked
    assert all(trial.user_attrs[record.INTERRUPTED] for trial in kept(storage))


def test_a_crash_is_forgiven_once(storage: InMemoryStorage) -> None:
    """As a trial's: then the configuration is held at fault."""
    runs = begin(storage)
    for _ in range(MOST_CRASHES):
        assert runs.done == 0
        runs.crash(ask(runs).number, "killed by signal 9")
    assert runs.done == 1
    first, second = kept(storage)
    assert first.user_attrs[record.INTERRUPTED]
    assert record.INTERRUPTED not in second.user_attrs
    assert reason_of(second) == "killed by signal 9, 2 times"
    assert begin(storage).done == 1


def test_two_workers_share_the_runs(storage: InMemoryStorage) -> None:
    """Under the coordinator that trains trials: a death costs an attempt, a failure its run."""
    runs = begin(storage, top=1, seeds=2)
    total = runs.total
    done = [
        message for n in range(2, total) for message in (trained(n), TrialDone(n, 0.0, model()))
    ]
    script: list[tuple[int, Message]] = [
        *((0, trained(0)), (1, trained(1)), (0, Died("worker died (killed by signal 9)"))),
        *((1, failed(1)), (0, trained(0)), (0, TrialDone(0, 0.0, model()))),
    ]
    turns = [1, 0] * total
    script += [(turns[n // 2], message) for n, message in enumerate(done)]
    pool = FakePool(2, script)
    Coordinator(runs, pool, FakeObserver(), lambda: False).run()
    assert pool.replaced == [0]
    assert runs.done == total
    states = [t.state for t in kept(storage) if not t.user_attrs.get(record.INTERRUPTED)]
    assert len(states) == total
    assert states.count(TrialState.FAIL) == 1


@pytest.mark.parametrize("attributes", [{}, {record.PART_OF: "another"}])
def test_a_foreign_study_of_that_name_is_refused(
    storage: InMemoryStorage, attributes: dict[str, str]
) -> None:
    """In one line that names both; it stays as it was."""
    foreign = optuna.create_study(storage=storage, study_name=NAME)
    foreign.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    for name, value in attributes.items():
        foreign.set_user_attr(name, value)
    with pytest.raises(UserError) as refused:
        begin(storage)
    assert "\n" not in str(refused.value)
    assert "'made/confirm' is already stored and was not made for 'made'" in str(refused.value)
    assert "--name" in str(refused.value)
    assert foreign.user_attrs == attributes
    assert len(foreign.trials) == 1


def test_another_plan_takes_over_what_is_stored(storage: InMemoryStorage) -> None:
    """More seeds or contenders add their own runs only; fewer are what is read back then."""
    hold(begin(storage, top=1, seeds=2))
    few = len(contenders(storage, DEFINITION, 1))
    more = hold(begin(storage, top=1, seeds=3))
    assert len(more) == few
    assert all(str(job.label).endswith("fresh seed 3") for job in more)
    wider = contenders(storage, DEFINITION, 4)
    assert len(wider) > few
    assert len(hold(begin(storage, top=4, seeds=3))) == 3 * (len(wider) - few)
    assert hold(begin(storage, top=1, seeds=2)) == []
    found = read_runs(storage, NAME)
    assert found is not None
    assert (len(found.trials), found.seeds, found.is_complete) == (few, 2, True)
    assert len(found.runs) == 3 * len(wider)


def test_a_configuration_is_known_whichever_trial_has_it(storage: InMemoryStorage) -> None:
    """Another trial of it needs no new runs; a run that ends at another epoch is another one."""
    several = contenders(storage, DEFINITION, 1)
    hold(begin(storage, several=several))
    again = [replace(one, of_trial=one.of_trial + 100) for one in several]
    assert hold(begin(storage, several=again)) == []
    shorter = [replace(one, last_epoch=3) for one in several]
    jobs = hold(begin(storage, several=shorter))
    assert len(jobs) == 2 * len(several)
    assert {job.last_epoch for job in jobs} == {3}


def test_runs_are_read_back_as_they_were_measured(storage: InMemoryStorage) -> None:
    """The lists' sizes, the plan, each run's ranks, curve and cost."""
    runs = begin(storage)
    train(runs, ask(runs))
    runs.fail(ask(runs).number, "out of memory")
    found = read_runs(storage, NAME)
    assert found is not None
    assert found.seeds == 2
    assert not found.is_complete
    assert found.sizes.candidates == 10
    np.testing.assert_array_equal(found.sizes.pool, LISTS.pool)
    np.testing.assert_array_equal(found.users, LISTS.catalogue.users)
    done, gone = found.runs
    assert done.measurement is not None
    assert set(done.measurement.catalogue) == {3}
    assert (done.best_epoch, done.seconds, done.parameters) == (4, 2.5, 1234)
    assert [epoch for epoch, _ in done.curve] == [1, 2, 3, 4, 5]
    assert (gone.measurement, gone.reason, gone.curve) == (None, "out of memory", ())


def test_nothing_is_read_of_what_is_not_there(storage: InMemoryStorage) -> None:
    """Nor of a study that was created and killed before it was described."""
    assert read_runs(storage, NAME) is None
    optuna.create_study(storage=storage, study_name=NAME)
    assert read_runs(storage, NAME) is None
    assert begin(storage).total > 0
