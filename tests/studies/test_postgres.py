"""A PostgreSQL server as a team's storage: what is refused, who reads, and who owns a study."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import optuna
import pytest

from neumf.errors import UserError
from studies.ledger.ledger import Ledger
from studies.results.readback import read
from studies.storage.backend import Caller
from studies.storage.database import check, models_folder, names, open_storage, own, study_id
from studies.storage.postgres import outage
from studies.storage.postgres.address import Address
from studies.storage.postgres.ownership import TABLE, Ownership
from tests.postgres_server import PASSWORD, Server
from tests.search.study_folder import environment
from tests.studies.storages import refusal
from tests.studies.synthetic import DATA, counted, define, finish

pytestmark = pytest.mark.slow

READ = "SELECT ON ALL TABLES IN SCHEMA public"


@pytest.fixture
def database(postgres: Server) -> str:
    return postgres.create()


@pytest.fixture
def url(postgres: Server, database: str) -> str:
    return postgres.url(database)


@pytest.fixture
def guest(postgres: Server, database: str) -> Iterator[str]:
    """A role with a password, that may do nothing yet."""
    postgres.run(database, f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    yield "guest"
    postgres.run(database, "DROP OWNED BY guest", "DROP ROLE guest")


def tables(postgres: Server, database: str) -> set[str]:
    found = postgres.query(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in found}


def test_a_new_storage(postgres: Server, database: str, url: str) -> None:
    """Looking writes nothing; an owner creates what is missing, and others find its study."""
    check(url)
    assert names(url) == []
    assert refusal_of_reader(url) == "holds no studies; run python -m search.run first"
    assert tables(postgres, database) == set()
    with own(url, "mine") as storage:
        study = optuna.create_study(storage=storage, study_name="mine")
        assert names(url) == ["mine"]
        assert study_id(storage, "mine") == study._study_id
    assert tables(postgres, database) >= {"studies", "trials", TABLE}
    check(url)
    assert models_folder(url) == Path("models")


def refusal_of_reader(url: str) -> str:
    with pytest.raises(UserError) as refused:
        open_storage(url)
    return str(refused.value).removeprefix(f"storage {url!r}: ")


def test_what_cannot_be_connected_to(postgres: Server, url: str) -> None:
    """No such database, server or option: one line that says what the server said."""
    told = refusal(postgres.url("nowhere"))
    assert 'database "nowhere" does not exist' in told
    assert told.endswith("; see that the server runs, and that it lets you in")
    assert "No such file or directory" in refusal(url.replace("host=", "host=/nowhere"))
    assert refusal(f"{url}&colour=red") == 'invalid connection option "colour"'


def test_a_password_that_is_wrong(postgres: Server, database: str, guest: str) -> None:
    """Is not shown."""
    url = f"postgresql+psycopg://{guest}:hunter2@/{database}?host={postgres.folder}"
    with pytest.raises(UserError) as refused:
        check(url)
    assert "password authentication failed" in str(refused.value)
    assert "guest:***@" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_another_programs_tables(postgres: Server, database: str, url: str) -> None:
    """They stay as they are; tables of other names are in nobody's way."""
    postgres.run(database, "CREATE TABLE trials (name text)")
    assert refusal_of_check(url) == (
        "has another program's tables of the same names; name another database"
    )
    assert names(url) == []
    assert tables(postgres, database) == {"trials"}
    postgres.run(database, "ALTER TABLE trials RENAME TO theirs")
    open_storage(url, owner=True)
    assert tables(postgres, database) >= {"theirs", "trials"}


def refusal_of_check(url: str) -> str:
    with pytest.raises(UserError) as refused:
        check(url)
    return str(refused.value).removeprefix(f"storage {url!r}: ")


def test_another_optunas_tables(postgres: Server, database: str, url: str) -> None:
    open_storage(url, owner=True)
    postgres.run(database, "UPDATE alembic_version SET version_num = 'v99.0.0'")
    for use in (False, True):
        with pytest.raises(UserError, match="no longer compatible with the table schema"):
            open_storage(url, owner=use)


def test_a_role_that_may_only_read(
    postgres: Server, database: str, url: str, guest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """May look at every study, and can spoil none. Its password comes as it does to every
    program of PostgreSQL's: from the environment or a file."""
    theirs = postgres.url(database, guest)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert refusal_of_check(theirs) == (
        "tables cannot be created there; ask for the right, or name another"
    )
    with own(url, "made") as storage:
        finish(Ledger(storage, define(6), DATA))
    postgres.run(database, f"GRANT {READ} TO guest")
    monkeypatch.delenv("PGPASSWORD")
    file = postgres.folder / "pgpass"
    file.write_text(f"*:*:*:guest:{PASSWORD}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert read(theirs, "made") == read(url, "made")
    with pytest.raises(UserError, match="permission denied"), own(theirs, "made"):
        pass


def test_a_schema_of_ones_own(postgres: Server, database: str, url: str) -> None:
    """Studies of the same name in two schemas of a database are two."""
    postgres.run(database, "CREATE SCHEMA team")
    team = f"{url}&options=-csearch_path%3Dteam"
    with own(url, "mine") as one, own(team, "mine") as two:
        optuna.create_study(storage=one, study_name="mine")
        assert names(team) == []
        optuna.create_study(storage=two, study_name="mine")
    assert names(team) == names(url) == ["mine"]


HOLD = """
import sys
from studies.storage.database import own
with own(sys.argv[1], sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the study ``mine``."""
    command = [sys.executable, "-c", HOLD, url, "mine"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


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


RACE = """
import sys
from optuna import create_study
from studies.storage.database import own
for line in sys.stdin:
    try:
        with own(line.strip(), sys.argv[1]) as storage:
            create_study(storage=storage, study_name=sys.argv[1])
        print("made", flush=True)
    except Exception as error:
        print(repr(error).splitlines()[0], flush=True)
"""


def test_processes_create_the_tables_at_once(postgres: Server) -> None:
    """None is lost to tables that another one has half made."""
    with ExitStack() as stack:
        racers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", RACE, name],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=environment(),
                )
            )
            for name in ("one", "two", "three")
        ]
        for _ in range(2):
            url = postgres.url(postgres.create())
            for racer in racers:
                assert racer.stdin is not None
                racer.stdin.write(f"{url}\n")
                racer.stdin.flush()
            told = [racer.stdout.readline() for racer in racers if racer.stdout is not None]
            assert told == ["made\n"] * 3
            assert sorted(names(url)) == ["one", "three", "two"]
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.close()


def test_its_own_process_is_told(url: str) -> None:
    """Where one process would run a study twice."""
    with own(url, "mine"), pytest.raises(UserError) as refused, own(url, "mine"):
        pass
    assert f"(process {os.getpid()})" in str(refused.value)
