"""Whatever ends a search, running it again continues it, and it ends at the exact total."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import TrialState

from neumf.errors import UserError
from neumf.metrics import METRICS
from studies.definition.schema import Definition
from studies.ledger import ledger as module
from studies.ledger import sessions as session_module
from studies.ledger.job import Job
from studies.ledger.ledger import Ledger
from studies.ledger.recovery import enqueue
from studies.storage import record
from studies.storage.database import open_storage
from tests.studies.synthetic import (
    DATA,
    NO_PRUNER,
    STARTING_POINTS,
    counted,
    define,
    finish,
    results,
    stored,
    train,
)

DEFINITION = define(6, starting_points=STARTING_POINTS, search=NO_PRUNER)


CHANGED = [
    STARTING_POINTS[0],
    {"name": "He et al.", "configuration": {"lr": 6e-4, "dropout": 0.0}},
]


CHANGED_POINT = define(6, starting_points=CHANGED, search=NO_PRUNER)


class Killed(BaseException):
    """Stands for a process that ends here."""


def ask(ledger: Ledger) -> Job:
    job = ledger.ask()
    assert job is not None
    return job


def states(storage: BaseStorage) -> Counter[TrialState]:
    return Counter(trial.state for trial in stored(storage))


def once_each(storage: BaseStorage) -> bool:
    """Whether no configuration was given two verdicts of its own."""
    own = [t for t in counted(storage) if record.DUPLICATE_OF not in t.user_attrs]
    return len({tuple(sorted(t.params.items())) for t in own}) == len(own)


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
        assert (ledger.running, ledger.done) == (0, 0)
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


@pytest.mark.parametrize("kind", ["tpe", "random"])
def test_resuming_does_not_repeat_the_first_configurations(kind: str) -> None:
    """A sampler seeded alike would begin with the same configurations again."""
    storage = InMemoryStorage()
    sampler = {"sampler": {"kind": kind}}
    finish(Ledger(storage, define(4, search=sampler), DATA))
    finish(Ledger(storage, define(8, search=sampler), DATA))
    assert len({trial.params["lr"] for trial in stored(storage)}) == 8
    assert not [t for t in stored(storage) if record.DUPLICATE_OF in t.user_attrs]


@pytest.mark.parametrize(
    ("definition", "fingerprint", "difference"),
    [
        (define(6, search={"seed": 1}), DATA["fingerprint"], "search.seed was 0, is 1"),
        (define(6, fixed={"epochs": 31}), DATA["fingerprint"], "fixed.epochs was 30, is 31"),
        (CHANGED_POINT, DATA["fingerprint"], "lr was 0.0005, is 0.0006"),
        (DEFINITION, "ffff", "data was ml-100k"),
    ],
)
def test_another_question_is_refused_and_nothing_is_changed(
    definition: Definition, fingerprint: str, difference: str
) -> None:
    storage = InMemoryStorage()
    dead = Ledger(storage, DEFINITION, DATA)
    ask(dead)
    before = stored(storage)
    with pytest.raises(UserError, match=difference):
        Ledger(storage, definition, {**DATA, "fingerprint": fingerprint})
    assert stored(storage) == before
    attributes = storage.get_study_user_attrs(storage.get_study_id_from_name("made"))
    assert attributes[record.DEFINITION] == DEFINITION.model_dump(mode="json")
    assert attributes[record.DATA] == DATA


def test_another_objective_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later version of the program that maximises another metric leaves the study alone."""
    storage = InMemoryStorage()
    Ledger(storage, DEFINITION, DATA)
    monkeypatch.setattr(module, "OBJECTIVE", METRICS["HR@10"])
    with pytest.raises(UserError, match="the objective was nDCG@10, is HR@10; store it under"):
        Ledger(storage, DEFINITION, DATA)


def test_a_starting_point_comes_back_changed() -> None:
    """It was dropped from the definition in between, so only its trial knows what it was; as it
    was, it is welcome back and not tried again."""
    storage = InMemoryStorage()
    finish(Ledger(storage, DEFINITION, DATA))
    finish(Ledger(storage, define(7, starting_points=STARTING_POINTS[:1], search=NO_PRUNER), DATA))
    back = define(8, starting_points=CHANGED, search=NO_PRUNER)
    with pytest.raises(UserError, match="another starting point 'He et al.': lr was 0.0005"):
        Ledger(storage, back, DATA)
    ledger = Ledger(storage, define(8, starting_points=STARTING_POINTS, search=NO_PRUNER), DATA)
    assert ask(ledger).label is None


def test_a_session_is_there_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it has done so far, so that one that is killed does not vanish from the clock."""
    now = 10.0
    monkeypatch.setattr(session_module, "monotonic", lambda: now)
    storage = InMemoryStorage()

    def sessions() -> Any:
        study = storage.get_study_id_from_name("made")
        return storage.get_study_user_attrs(study)[record.SESSIONS]

    ledger = Ledger(storage, DEFINITION, DATA)
    assert ledger.start_session({"workers": 2}) == 0
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
    assert ledger.start_session({"workers": 4}) == 1
    now = 101.0
    ledger.update_session(busy=0.9)
    second = {"workers": 4, "seconds": 1.0, "trials": 0, "busy": 0.9}
    assert sessions() == [first, second]


EVENTS = st.sampled_from(["ask", "ask", "epoch", "complete", "prune", "fail", "crash"])
TURNS = st.tuples(EVENTS | st.sampled_from(["interrupt", "die"]), st.integers(0, 3))
SPACES = st.sampled_from([None, {"mlp_layers": {"low": 1, "high": 3}}])


@settings(max_examples=50)
@given(st.lists(TURNS, max_size=40), SPACES, st.integers(1, 8))
def test_whatever_happens_the_total_is_exact(
    turns: list[tuple[str, int]], space: dict[str, object] | None, total: int
) -> None:
    """No trial stays running, no configuration is trained to two verdicts, none is lost."""
    storage = InMemoryStorage()
    first = [{"name": "one", "configuration": {"mlp_layers": 2}}] if space else STARTING_POINTS
    definition = define(total, space=space, starting_points=first, search=NO_PRUNER)
    ledger = Ledger(storage, definition, DATA)
    running: dict[int, int] = {}  # epochs heard, by trial
    for event, which in turns:
        number = list(running)[which % len(running)] if running else None
        if event == "die":
            ledger = Ledger(storage, definition, DATA)
            running = {}
        elif event == "interrupt":
            ledger.interrupt_all("Ctrl-C")
            running = {}
        elif event == "ask":
            if job := ledger.ask():
                running[job.number] = 0
        elif number is None:
            continue
        elif event == "epoch" or (event in ("complete", "prune") and not running[number]):
            curve = results([0.1 + 0.01 * n for n in range(running[number] + 1)])
            ledger.record(number, curve[-1])
            running[number] += 1
        else:
            del running[number]
            if event in ("fail", "crash"):
                getattr(ledger, event)(number, "bad luck")
            else:
                getattr(ledger, event)(number)
        assert ledger.done == len(counted(storage)) <= total
        assert ledger.running == len(running)
    ledger = Ledger(storage, definition, DATA)
    finish(ledger)
    assert len(counted(storage)) == total
    assert states(storage)[TrialState.RUNNING] == 0
    assert once_each(storage)
    lost = {t.number for t in stored(storage) if t.user_attrs.get(record.INTERRUPTED)}
    retried = Counter(t.user_attrs.get(record.RETRY_OF) for t in stored(storage))
    assert all(retried[number] == 1 for number in lost)
