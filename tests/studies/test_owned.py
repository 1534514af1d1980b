"""The owner's storage: what it stores is what Optuna's own would, and it need not look twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import event

from neumf.errors import UserError
from studies.ledger.ledger import Ledger
from studies.storage import record
from studies.storage.database import open_storage
from studies.storage.owned import OwnedStorage
from studies.storage.rows import Rows
from tests.studies.storages import url_of
from tests.studies.synthetic import (
    DATA,
    STARTING_POINTS,
    ask,
    counted,
    define,
    finish,
    results,
    train,
)

SPACE = {
    "lr": FloatDistribution(1e-4, 1e-2, log=True),
    "layers": IntDistribution(1, 3),
    "kind": CategoricalDistribution(["a", "b"]),
}


class Cut(Exception):  # noqa: N818 - what happens
    """Something stops in its midst."""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return url_of(tmp_path / "a.db")


@pytest.fixture
def backend(url: str) -> Iterator[RDBStorage]:
    storage = open_storage(url, owner=True)
    yield storage
    storage.engine.dispose()


def facts(trial: FrozenTrial) -> tuple[Any, ...]:
    """All but the time of day and the identifier."""
    times = (trial.datetime_start is not None, trial.datetime_complete is not None)
    attributes = (trial.user_attrs, trial.system_attrs, repr(trial.intermediate_values))
    return (
        trial.number,
        trial.state,
        trial.values,
        trial.params,
        trial.distributions,
        times,
        attributes,
    )


def read(url: str, study: str = "made") -> list[FrozenTrial]:
    """As another program finds the trials."""
    storage = open_storage(url)
    try:
        return storage.get_all_trials(storage.get_study_id_from_name(study))
    finally:
        storage.engine.dispose()


def lived(storage: BaseStorage) -> optuna.Study:
    """A study in which everything happens that may be stored."""
    sampler = optuna.samplers.TPESampler(seed=0, n_startup_trials=2)
    study = optuna.create_study(
        storage=storage, study_name="made", direction="maximize", sampler=sampler
    )
    study.set_user_attr("list", [1, 2])
    study.set_user_attr("list", (3, 4))
    study.set_metric_names(["nDCG@10"])
    study.enqueue_trial({"lr": 1e-3, "layers": 2, "kind": "b"}, user_attrs={"label": "notebook"})
    for value in (0.1, math.nan, math.inf, -math.inf, 0.3):
        trial = study.ask(SPACE)
        trial.report(value, 1)
        trial.report(0.2, 2)
        trial.set_user_attr("nested", {"of": (1, None)})
        trial.set_user_attr("nested", {"of": (2, None)})
        state = TrialState.COMPLETE if math.isfinite(value) else TrialState.PRUNED
        study.tell(trial, value if math.isfinite(value) else None, state=state)
    study.tell(study.ask(), state=TrialState.FAIL)
    study.ask(SPACE)
    study.enqueue_trial({"lr": 2e-3})
    return study


def test_what_it_stores_is_what_optunas_own_storage_does(tmp_path: Path) -> None:
    """Found in the file by another program, found again in a new session, and known meanwhile."""
    ours, theirs = url_of(tmp_path / "ours.db"), url_of(tmp_path / "theirs.db")
    backend = open_storage(ours, owner=True)
    study = lived(OwnedStorage(backend))
    plain = lived(open_storage(theirs, owner=True))
    expected = [facts(trial) for trial in read(theirs)]
    assert len(expected) == 8
    assert [facts(trial) for trial in read(ours)] == expected
    assert [facts(trial) for trial in study.get_trials()] == expected
    again = optuna.load_study(study_name="made", storage=OwnedStorage(backend))
    assert [facts(trial) for trial in again.get_trials()] == expected
    assert study.user_attrs == plain.user_attrs == {"list": [3, 4]}
    assert study.metric_names == plain.metric_names


def test_a_search_stores_the_same_either_way(url: str, backend: RDBStorage) -> None:
    """A ledger writes through it; what it would have in memory is what is in the file."""
    definition = define(15, starting_points=STARTING_POINTS)
    memory = optuna.storages.InMemoryStorage()
    for storage in (memory, backend):
        ledger = Ledger(storage, definition, DATA)
        with ledger.together():
            finish(ledger)
    assert [facts(trial) for trial in read(url)] == [facts(trial) for trial in counted(memory)]


def test_what_is_written_together_is_stored_at_the_end(url: str, backend: RDBStorage) -> None:
    """Nobody sees a part of it; and an error inside is no reason to lose what was said before."""
    ledger = Ledger(backend, define(3), DATA)
    with suppress(Cut), ledger.together():
        job = ask(ledger)
        for epoch in results([0.1, 0.2]):
            ledger.record(job.number, epoch)
        (trial,) = read(url)
        assert not trial.params
        assert not trial.intermediate_values
        raise Cut
    (trial,) = read(url)
    assert trial.params.keys() == {"lr", "dropout"}
    assert trial.intermediate_values == {1: 0.1, 2: 0.2}
    ledger.complete(job.number)
    (trial,) = read(url)
    assert (trial.state, trial.value) == (TrialState.COMPLETE, 0.2)


def test_what_could_not_be_stored_is_stored_with_what_comes_next(
    url: str, backend: RDBStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that was full for a moment."""
    ledger = Ledger(backend, define(3), DATA)
    job = ask(ledger)

    def full(_rows: Rows) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(Rows, "_transaction", full)
        with pytest.raises(OSError), ledger.together():  # noqa: PT011 - it is ours
            ledger.record(job.number, results([0.1])[0])
    assert not read(url)[0].intermediate_values
    ledger.interrupt_all("the disk was full")
    lost, again = read(url)
    assert lost.intermediate_values == {1: 0.1}
    assert lost.user_attrs[record.REASON] == "the disk was full"
    assert again.state == TrialState.WAITING


def test_an_epoch_costs_one_transaction_and_one_short_look(backend: RDBStorage) -> None:
    """Whether its study is still there, however many trials are open and over."""
    ledger = Ledger(backend, define(40), DATA)
    with ledger.together():
        jobs = [ask(ledger) for _ in range(30)]
        for job in jobs[:20]:
            ledger.record(job.number, results([0.5])[0])
            ledger.complete(job.number)
    statements: list[str] = []
    event.listen(
        backend.engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_: statements.append(statement.split()[0]),
    )
    ledger.record(jobs[-1].number, results([0.4])[0])
    assert statements == ["BEGIN", "SELECT", "INSERT"]
    del statements[:]
    with ledger.together():
        for job in jobs[20:]:
            ledger.record(job.number, results([0.3, 0.4])[1])
    assert statements == ["BEGIN", "SELECT", "INSERT"]


def test_nothing_of_a_deleted_study_is_stored_with_another(url: str, backend: RDBStorage) -> None:
    """Which has been given its identifiers, and those of its trials: each write is refused, as is
    a new trial, whether or not something waits to be stored."""
    ledger = Ledger(backend, define(3), DATA)
    job = ask(ledger)
    other = open_storage(url)
    optuna.delete_study(study_name="made", storage=other)
    optuna.create_study(study_name="another", storage=other).ask(SPACE)
    (before,) = read(url, "another")
    assert before._trial_id == 1
    with pytest.raises(UserError, match="was deleted while in use"):
        ledger.ask()
    epoch = results([0.1])[0]
    for act in (
        lambda: ledger.record(job.number, epoch),
        lambda: ledger.complete(job.number),
        lambda: ledger.interrupt_all("a test"),
        ledger.ask,
    ):
        with pytest.raises(UserError, match="study 'made' was deleted while in use"):
            act()
    assert read(url, "another") == [before]
    other.engine.dispose()


def test_trials_that_another_program_adds_are_found_with_the_next(
    url: str, backend: RDBStorage
) -> None:
    """One that waits is tried, under its own number; the total stays what it was to be."""
    ledger = Ledger(backend, define(4), DATA)
    first = ask(ledger)
    other = open_storage(url)
    study = optuna.load_study(study_name="made", storage=other)
    study.enqueue_trial({"lr": 2e-3, "dropout": 0.25})
    other.engine.dispose()
    second = ask(ledger)
    assert (first.number, second.number) == (0, 2)
    for job in (first, second):
        train(ledger, job)
    third = ask(ledger)
    assert (third.number, third.configuration.lr) == (1, 2e-3)
    train(ledger, third)
    finish(ledger)
    assert [trial.state.is_finished() for trial in read(url)] == [True] * 4


def test_a_trial_that_was_stored_and_not_taken_does_no_harm(
    url: str, backend: RDBStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second Ctrl-C between the two: the next trial is another, and the study goes on."""
    ledger = Ledger(backend, define(3), DATA)

    def cut(*_: object) -> None:
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(OwnedStorage, "_take", cut)
        with pytest.raises(Cut):
            ledger.ask()
    finish(ledger)
    assert [trial.state for trial in read(url)] == [TrialState.RUNNING, *[TrialState.COMPLETE] * 3]
    finish(Ledger(backend, define(4), DATA))


@pytest.mark.parametrize(
    "change",
    [
        lambda storage, trial: storage.set_trial_user_attr(trial, "a", 1),
        lambda storage, trial: storage.set_trial_system_attr(trial, "a", 1),
        lambda storage, trial: storage.set_trial_intermediate_value(trial, 3, 0.5),
        lambda storage, trial: storage.set_trial_state_values(trial, TrialState.FAIL),
        lambda storage, trial: storage.set_trial_param(trial, "lr", 1.0, SPACE["lr"]),
    ],
)
def test_a_trial_that_has_ended_stays_as_it_is(
    backend: RDBStorage, change: Callable[[BaseStorage, int], None]
) -> None:
    storage = OwnedStorage(backend)
    study = lived(storage)
    before = facts(study.get_trials()[0])
    with pytest.raises(UpdateFinishedTrialError):
        change(storage, study.get_trials()[0]._trial_id)
    assert facts(study.get_trials()[0]) == before
