"""Who owns a study on a PostgreSQL server, when connections, servers and owners are lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import optuna
import pytest

from neumf.errors import UserError
from studies.ledger.ledger import Ledger
from studies.storage.backend import Caller
from studies.storage.database import open_storage, own
from studies.storage.postgres import outage
from studies.storage.postgres.address import Address
from studies.storage.postgres.ownership import Ownership
from tests.postgres_server import Server
from tests.studies.storages import held, race
from tests.studies.synthetic import DATA, counted, define, finish

pytestmark = pytest.mark.slow


@pytest.fixture
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the study ``mine``."""
    with held(url, "mine") as process:
        yield process


def test_one_process_owns_a_study(holder: subprocess.Popen[str], url: str) -> None:
    """Another one is told who does, and since when; other studies are free. When the owner is
    killed, the server lets go of its study."""
    with pytest.raises(UserError) as refused, own(url, "mine"):
        pass
    line = str(refused.value)
    owner = f"{socket.gethostname()} (process {holder.pid})"
    assert line.startswith(f"study 'mine' in {url} is being run by {owner} since 20")
    assert line.endswith(" UTC; wait for it, or end it")
    with own(url, "yours"):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    until_owned(url)


def until_owned(url: str) -> None:
    """A server takes a moment to notice that a client is gone."""
    for _ in range(100):
        with suppress(UserError), own(url, "mine"):
            return
    pytest.fail("the study is not let go of")


def test_a_study_is_let_go_of_when_its_run_ends(url: str) -> None:
    """Well or not."""
    with pytest.raises(RuntimeError), own(url, "../a b/ü"):
        raise RuntimeError
    with own(url, "../a b/ü") as storage:
        optuna.create_study(storage=storage, study_name="../a b/ü")


def test_an_owner_comes_back_before_its_lost_connection_is_missed(url: str) -> None:
    """A cable that was cut leaves the server with a connection, and its lock, of nobody's. Only the
    owner's own connection is ended."""
    open_storage(url, owner=True).engine.dispose()
    ownership, address = Ownership("mine", "here"), Address(url)
    with ExitStack() as stack:
        engine = address.engine()
        stack.callback(engine.dispose)
        lost, again, other = (stack.enter_context(engine.connect()) for _ in range(3))
        raw: list[Any] = [one.connection.driver_connection for one in (lost, again, other)]
        for one in raw:
            one.rollback()
        ownership.take(raw[0])
        ownership.take(raw[1])
        with pytest.raises(Exception, match="terminating connection"):
            raw[0].execute("SELECT 1")
        with pytest.raises(UserError, match="is being run by"):
            Ownership("mine", "here").take(raw[2])
        for connection in (lost, again, other):
            connection.invalidate()


@pytest.mark.parametrize("is_still_there", [False, True])
def test_a_study_that_was_taken_over_in_an_outage(
    postgres: Server, database: str, url: str, is_still_there: bool
) -> None:
    """Its first owner writes no more, whether the second one runs still or has ended: it would
    overwrite what it knows nothing of. What both have finished is kept."""
    with own(url, "made") as first:
        ledger = Ledger(first, define(6), DATA)
        ledger.ask()
        postgres.cut(database)
        with ExitStack() as stack:
            second = stack.enter_context(own(url, "made"))
            finish(Ledger(second, define(4), DATA))
            if not is_still_there:
                stack.close()
            with pytest.raises(UserError, match="was taken over by .* while the connection was"):
                ledger.ask()
    with own(url, "made") as third:
        assert len(counted(third)) == 4
        finish(Ledger(third, define(6), DATA))
        assert len(counted(third)) == 6


def test_an_outage_that_is_too_long(
    postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line; what tidies up afterwards does not wait as long again. What was finished is kept,
    and once the server is back the study goes on to its total."""
    monkeypatch.setattr(outage, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(outage, "QUIET_SECONDS", 0.0)
    told: list[str] = []
    with own(url, "made", Caller(told.append)) as storage:
        ledger = Ledger(storage, define(3), DATA)
        finish(ledger)
        with postgres.down():
            with pytest.raises(UserError) as refused:
                Ledger(storage, define(5), DATA)
            monkeypatch.setattr(outage, "sleep", pytest.fail)
            with pytest.raises(UserError, match="does not answer"):
                storage.get_all_studies()
        assert str(refused.value).startswith(f"storage {url!r}: does not answer: ")
        assert str(refused.value).endswith(
            "; what is finished is kept: see to the server, and run the same command again"
        )
    assert [line.split(" (")[0] for line in told] == ["the storage does not answer"]
    with own(url, "made") as storage:
        finish(Ledger(storage, define(5), DATA))
        assert len(counted(storage)) == 5


def test_who_is_asked_to_stop_does_not_wait(postgres: Server, url: str) -> None:
    """Ctrl-C ends a wait that may last minutes."""
    with (
        own(url, "made", Caller(stop_requested=lambda: True)) as storage,
        postgres.down(),
        pytest.raises(UserError, match="does not answer"),
    ):
        storage.get_all_studies()


def test_processes_create_the_tables_at_once(postgres: Server) -> None:
    race(postgres.url(postgres.create()) for _ in range(2))


def test_its_own_process_is_told(url: str) -> None:
    """Where one process would run a study twice."""
    with own(url, "mine"), pytest.raises(UserError) as refused, own(url, "mine"):
        pass
    assert f"(process {os.getpid()})" in str(refused.value)
