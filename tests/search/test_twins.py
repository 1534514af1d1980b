"""The coordinator works through twins as it does through a study's trials."""

from __future__ import annotations

from collections.abc import Iterable

from optuna.storages import InMemoryStorage

from search.coordinator import Coordinator
from search.workers.messages import Died
from studies.ledger.ledger import Ledger
from studies.ledger.twins import Twins
from studies.results.study_result import TwinRun
from studies.storage import record
from tests.search.fakes import FakeObserver, FakePool, Message, failed, finished, trained
from tests.studies.synthetic import DATA, define, finish

DEFINITION = define(2)


def made() -> InMemoryStorage:
    storage = InMemoryStorage()
    finish(Ledger(storage, DEFINITION, DATA))
    return storage


def work(
    storage: InMemoryStorage,
    script: Iterable[tuple[int, Message]],
    size: int = 1,
    stop_after: int | None = None,
) -> FakePool:
    """One seed's runs, numbered 0 to 2; a stop is requested once so many are done."""
    twins = Twins(storage, DEFINITION, 1)
    pool = FakePool(size, script)
    stopping = (lambda: False) if stop_after is None else lambda: twins.done >= stop_after
    Coordinator(twins, pool, FakeObserver(), stopping).run(None)
    return pool


def kept(storage: InMemoryStorage) -> list[TwinRun]:
    study = storage.get_study_id_from_name("made")
    return [TwinRun(**run) for run in storage.get_study_user_attrs(study).get(record.TWINS, [])]


def test_two_workers_share_the_runs() -> None:
    """Each epoch is heard; what cannot be trained is stored as such, and the rest goes on."""
    storage = made()
    script = [
        *((0, trained(0)), (1, trained(1)), (1, trained(1, 2)), (1, finished(1))),
        *((0, failed(0)), (1, trained(2)), (1, finished(2))),
    ]
    pool = work(storage, script, size=2)
    assert pool.workers[0].told == [("train", 0)]
    assert pool.workers[1].told == [("train", 1), ("train", 2)]
    assert [(run.epochs, run.value, run.reason) for run in kept(storage)] == [
        (2, 0.5, None),
        (1, None, "loss nan in epoch 1"),
        (1, 0.5, None),
    ]


def test_a_dead_workers_run_is_given_to_the_next() -> None:
    """Epochs of the first attempt do not count twice."""
    storage = made()
    script: list[tuple[int, Message]] = [
        *((0, trained(0)), (0, Died("worker died (killed by signal 9)"))),
        *((0, trained(0)), (0, finished(0))),
        *((0, trained(1)), (0, finished(1)), (0, trained(2)), (0, finished(2))),
    ]
    pool = work(storage, script)
    assert pool.replaced == [0]
    assert [run.epochs for run in kept(storage)] == [1, 1, 1]


def test_after_a_stop_the_rest_is_left_for_the_next_session() -> None:
    storage = made()
    work(storage, [(0, trained(0)), (0, finished(0))], stop_after=1)
    assert len(kept(storage)) == 1
    rest = [(0, trained(1)), (0, finished(1)), (0, trained(2)), (0, finished(2))]
    pool = work(storage, rest)
    assert [number for _, number in pool.workers[0].told] == [1, 2]
    assert len({run.seed for run in kept(storage)}) == 3
