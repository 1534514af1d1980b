"""Connections that are lost at any moment of a study: nothing else is, or is stored twice."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import optuna
import psycopg
import pytest
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy import event

from studies.ledger.ledger import Ledger
from studies.storage.database import open_storage, own
from studies.storage.facts import of_study
from studies.storage.postgres import outage
from studies.storage.postgres.storage import REPEATABLE, PatientStorage
from tests.postgres_server import Server
from tests.studies.storages import url_of
from tests.studies.synthetic import DATA, ask, define, finish, stored, train

NEVER_CALLED = {"delete_study", "record_heartbeat", "_get_stale_trial_ids"}
"""By a search."""


def test_every_call_is_repeated() -> None:
    """Whatever Optuna's storage does in a transaction of its own, in this version and the next."""
    own_way = {name for name in vars(PatientStorage) if name in vars(RDBStorage)}
    for name, method in vars(RDBStorage).items():
        if inspect.isfunction(method) and "_create_scoped_session(" in inspect.getsource(method):
            assert name in own_way | NEVER_CALLED, name
    assert own_way >= set(REPEATABLE)


MOMENTS = ["after its commit", "at its start", "before its commit"]


class Cutter:
    """Loses the connection of a storage in some of its transactions."""

    def __init__(self, storage: RDBStorage, every: int) -> None:
        self.count = self.cuts = 0
        self._every = every
        dialect: Any = storage.engine.dialect
        self._commit = dialect.do_commit
        dialect.do_commit = self.commit
        event.listen(storage.engine, "begin", self.begin)

    def begin(self, connection: Any) -> None:
        self.count += 1
        if self.is_due and self.moment == "at its start":
            self.cut(connection.connection.driver_connection)

    def commit(self, raw: Any) -> None:
        """The answer to a commit may be lost, and the commit not."""
        if self.is_due and self.moment != "at its start":
            if self.moment == "after its commit":
                self._commit(raw)
            self.cut(raw.driver_connection)
            raise psycopg.OperationalError("the connection is lost")
        self._commit(raw)

    def cut(self, raw: Any) -> None:
        self.cuts += 1
        raw.close()

    @property
    def moment(self) -> str:
        """Of a transaction, each in its turn."""
        return MOMENTS[self.cuts % len(MOMENTS)]

    @property
    def is_due(self) -> bool:
        return self.count % self._every == 0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "FIRST_WAIT_SECONDS", 0.0)


def run(storage: RDBStorage) -> None:
    """All that a coordinator may do to a study."""
    ledger = Ledger(storage, define(9, search={"sampler": {"kind": "random"}}), DATA, "made")
    ledger.start_session({"workers": 2})
    first, second = ask(ledger), ask(ledger)
    ledger.crash(first.number, "killed")
    ledger.fail(second.number, "NaN")
    for _ in range(3):
        train(ledger, ask(ledger))
    ledger.interrupt(ask(ledger).number, "asked to")
    ask(ledger)
    finish(Ledger(storage, define(9, search={"sampler": {"kind": "random"}}), DATA, "made"))
    side = optuna.create_study(storage=storage, study_name="made/confirm")
    side.add_trial(
        optuna.trial.create_trial(
            state=TrialState.COMPLETE, value=0.5, user_attrs={"a": 1}, intermediate_values={1: 0.5}
        )
    )


def facts(storage: RDBStorage) -> list[Any]:
    """All that is stored, but for the clock and what tells trials of other studies apart."""
    found: list[Any] = []
    for name in ("made", "made/confirm"):
        study = optuna.load_study(study_name=name, storage=storage)
        kept = {k: v for k, v in of_study(study).items() if k != "sessions"}
        found += [name, study.direction, kept, study.metric_names]
        for t in stored(storage, name):
            found.append((t.number, t.state, t.values, t.params, t.distributions))
            found.append((t.intermediate_values, t.user_attrs, t.system_attrs))
    return found


@pytest.mark.slow
@pytest.mark.long
def test_a_study_with_lost_connections(postgres: Server, tmp_path: Path) -> None:
    """Whenever in a transaction they are lost, it ends as an undisturbed one on SQLite does, to the
    last field."""
    undisturbed = open_storage(url_of(tmp_path / "a.db"), owner=True)
    run(undisturbed)
    url = postgres.url(postgres.create())
    with own(url, "made") as storage:
        assert isinstance(storage, PatientStorage)
        cutter = Cutter(storage, every=3)
        run(storage)
        assert cutter.cuts > 100
    assert facts(open_storage(url)) == facts(undisturbed)
