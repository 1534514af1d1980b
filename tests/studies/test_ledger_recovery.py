"""Whatever ends a search, running it again continues it, and it ends at the exact total."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from studies.ledger import ledger as module
from studies.ledger.ledger import Ledger
from studies.ledger.recovery import enqueue
from studies.storage import record
from studies.storage.database import open_storage
from tests.studies.synthetic import (
    DATA,
    NO_PRUNER,
    STARTING_POINTS,
    ask,
    counted,
    define,
    facts_of,
    finish,
    once_each,
    results,
    states,
    stored,
    train,
)

DEFINITION = define(6, starting_points=STARTING_POINTS, search=NO_PRUNER)


class Killed(BaseException):
    """Stands for a process that ends here."""


def cut_short(ledger: Ledger) -> None:
    """The coordinator dies when it has read one hyperparameter of its next configuration."""
    ledger._study.ask({"lr": ledger._definition.distributions["lr"]})


def test_a_dead_coordinators_trials_are_tried_again(tmp_path: Path) -> None:
    """On the real database: what was running is marked and queued, nothing is lost or counted
    twice, and the file is sound."""
    path = tmp_path / "studies.db"
    url = f"sqlite:///{path}"
    dead = Ledger(open_storage(url, owner=True), DEFINITION, DATA)
    notebook, he, third = ask(dead), ask(dead), ask(dead)
    train(dead, third)
    for epoch in results([0.1, 0.2]):
        dead.record(notebook.number, epoch)

    storage = open_storage(url, owner=True)
    ledger = Ledger(storage, DEFINITION, DATA)
    assert states(storage)[TrialState.RUNNING] == 0
    lost = stored(storage)[notebook.number]
    assert lost.state == TrialState.FAIL
    assert lost.user_attrs[record.REASON] == "the coordinator died"
    assert lost.user_attrs[record.INTERRUPTED] is True
    assert ledger.done == 1
    again = [ask(ledger), ask(ledger)]
    for job, before in zip(again, (notebook, he), strict=True):
        assert job.number > third.number
        assert (job.configuration, job.seed, job.label) == (
            before.configuration,
            before.seed,
            before.label,
        )
        train(ledger, job)
    finish(ledger)
    assert len(counted(storage)) == 6
    assert set(states(storage)) == {TrialState.COMPLETE, TrialState.FAIL}
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_opening_again_and_again_queues_nothing_twice() -> None:
    storage = InMemoryStorage()
    ledger = Ledger(storage, DEFINITION, DATA)
    ask(ledger), ask(ledger), ask(ledger)
    for _ in range(3):
        ledger = Ledger(storage, DEFINITION, DATA)
    assert states(storage) == {TrialState.FAIL: 3, TrialState.WAITING: 3}
    finish(ledger)
    assert len(counted(storage)) == 6
    assert once_each(storage)


def test_an_interruption_is_no_trials_fault() -> None:
    """What was running does not count, is queued again under its name, and has no crash."""
    storage = InMemoryStorage()
    ledger = Ledger(storage, DEFINITION, DATA)
    for _ in range(3):  # however often
        jobs = [ask(ledger), ask(ledger)]
        ledger.record(jobs[0].number, results([0.1])[0])
        ledger.interrupt_all("the search was interrupted")
        assert (ledger.under_way, ledger.done) == (0, 0)
        assert {job.label for job in jobs} == {"notebook", "He et al."}
        for job in jobs:
            trial = stored(storage)[job.number]
            assert trial.user_attrs[record.REASON] == "the search was interrupted"
            assert record.CRASHES not in trial.user_attrs
        ledger = Ledger(storage, DEFINITION, DATA)
    finish(ledger)
    assert len(counted(storage)) == 6
    assert once_each(storage)
    labels = [t.user_attrs[record.LABEL] for t in counted(storage) if record.LABEL in t.user_attrs]
    assert sorted(labels) == ["He et al.", "notebook"]


def test_a_waiting_duplicate_is_interrupted_with_what_it_waits_for() -> None:
    """And queued again, under its own name."""
    storage = InMemoryStorage()
    two = [
        {"name": name, "configuration": STARTING_POINTS[0]["configuration"]}
        for name in ("one", "two")
    ]
    definition = define(3, starting_points=two, search=NO_PRUNER)
    ledger = Ledger(storage, definition, DATA)
    ask(ledger), ask(ledger)
    ledger.interrupt_all("Ctrl-C")
    assert states(storage) == {TrialState.FAIL: 3, TrialState.WAITING: 3}
    ledger = Ledger(storage, definition, DATA)
    assert states(storage)[TrialState.WAITING] == 3
    finish(ledger)
    assert len(stored(storage)) == 6
    one, two_ = (
        next(t for t in counted(storage) if t.user_attrs.get(record.LABEL) == name)
        for name in ("one", "two")
    )
    assert two_.user_attrs[record.DUPLICATE_OF] == one.number


@pytest.mark.parametrize("kind", ["tpe", "random"])
def test_killed_again_and_again_it_chooses_what_it_would_in_peace(kind: str) -> None:
    """The coordinator dies in every trial, and before that while it chooses one: the same
    configurations in the same order, with the same verdicts."""
    search = {"sampler": {"kind": kind, "startup_trials": 3}, "pruner": {"startup_trials": 3}}
    definition = define(9, starting_points=STARTING_POINTS[:1], search=search)
    undisturbed, storage = InMemoryStorage(), InMemoryStorage()
    finish(Ledger(undisturbed, definition, DATA))
    for _ in range(definition.search.trials):
        cut_short(Ledger(storage, definition, DATA))
        ledger = Ledger(storage, definition, DATA)
        ledger.record(ask(ledger).number, results([0.1])[0])
        ledger = Ledger(storage, definition, DATA)
        train(ledger, ask(ledger))
    assert ledger.ask() is None
    assert once_each(storage)
    told, expected = (
        [(trial.params, trial.state, trial.value) for trial in counted(each)]
        for each in (storage, undisturbed)
    )
    assert told == expected


def test_killed_between_taking_a_queued_configuration_and_reading_it() -> None:
    """Optuna has then forgotten what the trial was to be; we have not."""
    storage = InMemoryStorage()
    ledger = Ledger(storage, DEFINITION, DATA)
    taken = ledger._study.ask()  # no parameter of it is read
    assert taken.params == {}
    ledger = Ledger(storage, DEFINITION, DATA)
    assert {ask(ledger).label, ask(ledger).label} == {"notebook", "He et al."}


def test_killed_between_giving_up_and_queueing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = InMemoryStorage()
    ledger = Ledger(storage, DEFINITION, DATA)
    job = ask(ledger)

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, "requeue", killed)
        with pytest.raises(Killed):
            ledger.interrupt_all("Ctrl-C")
    ledger = Ledger(storage, DEFINITION, DATA)
    labels = [ask(ledger).label, ask(ledger).label]
    assert sorted(map(str, labels)) == ["He et al.", "notebook"]
    assert stored(storage)[-1].user_attrs[record.RETRY_OF] == job.number


def test_killed_while_the_study_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first of two starting points was queued: both are tried, each once."""
    storage = InMemoryStorage()
    calls = iter(range(9))

    def killed(*args: Any) -> None:
        if next(calls) == 1:
            raise Killed
        enqueue(*args)

    with monkeypatch.context() as patch:
        patch.setattr(module, "enqueue", killed)
        with pytest.raises(Killed):
            Ledger(storage, DEFINITION, DATA)
    ledger = Ledger(storage, DEFINITION, DATA)
    assert [ask(ledger).label for _ in range(3)] == ["notebook", "He et al.", None]


def test_a_session_is_there_from_its_start() -> None:
    """With what it has done so far, so that one that is killed does not vanish from the clock."""
    now = 10.0
    storage = InMemoryStorage()

    def sessions() -> Any:
        return facts_of(storage)[record.SESSIONS]

    ledger = Ledger(storage, DEFINITION, DATA)
    assert ledger.start_session({"workers": 2}, lambda: now) == 0
    first = {"workers": 2, "seconds": 0.0, "trials": 0, "busy": None}
    assert sessions() == [first]
    now = 12.5
    train(ledger, ask(ledger))
    first |= {"seconds": 2.5, "trials": 1}
    assert sessions() == [first]
    lost, epochs = ask(ledger), results([0.1, 0.2, 0.3])
    for now, epoch in zip((17.0, 17.5, 18.0), epochs, strict=True):  # noqa: B007 - the clock
        ledger.record(lost.number, epoch)
    assert sessions() == [first | {"seconds": 7.5}]
    ledger = Ledger(storage, DEFINITION, DATA)  # the first was killed
    stored_seconds = stored(storage)[lost.number].user_attrs[record.SECONDS]
    assert stored_seconds == epochs[0].seconds + epochs[1].seconds
    first |= {"seconds": 7.5}
    now = 100.0
    assert ledger.start_session({"workers": 4}, lambda: now) == 1
    now = 101.0
    ledger.update_session(busy=0.9)
    second = {"workers": 4, "seconds": 1.0, "trials": 0, "busy": 0.9}
    assert sessions() == [first, second]
