"""A PostgreSQL server as a team's storage: what is refused, who reads, and who owns a study."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest

from neumf.errors import UserError
from studies.ledger.ledger import Ledger
from studies.results.readback import read
from studies.storage.database import check, models_folder, names, open_storage, own, study_id
from studies.storage.postgres.ownership import TABLE
from tests.postgres_server import PASSWORD, Server
from tests.studies.storages import refusal
from tests.studies.synthetic import DATA, define, finish

pytestmark = pytest.mark.slow

READ = "SELECT ON ALL TABLES IN SCHEMA public"


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
