"""Where a study is kept: what is not ours is left alone, and one process runs a study."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import optuna
import pytest
from sqlalchemy import Table, event

from neumf.errors import UserError
from studies.storage.database import check, names, open_storage, study_id
from studies.storage.url import database_path
from tests.studies.storages import refusal, url_of


def everything(folder: Path) -> dict[str, bytes | None]:
    """Every file's contents, and every folder."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("", ""),
        ("sqlite:///", ""),
        ("sqlite:///:memory:", ""),
        ("studies.db", "; did you mean sqlite:///studies.db?"),
        ("a/b.db", "; did you mean sqlite:///a/b.db?"),
        ("sqlite://a.db", "; did you mean sqlite:///a.db?"),
        ("mysql://root@localhost/db", ""),
    ],
)
def test_what_is_no_storage_url(url: str, hint: str) -> None:
    known = "sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE"
    assert refusal(url) == f"must be {known}{hint}"


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("sqlite:///a.db?timeout=9", "takes no options; write sqlite:///a.db"),
        ("sqlite:///~/a.db", f"~ is not expanded there; write sqlite:///{Path.home()}/a.db"),
    ],
)
def test_a_url_that_means_another_file_to_other_programs(url: str, remedy: str) -> None:
    assert refusal(url) == remedy


def test_a_url_names_a_file() -> None:
    assert database_path("sqlite:///studies/a.db") == Path("studies/a.db")
    assert database_path("sqlite:////var/a.db") == Path("/var/a.db")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"user,item\n1,2\n" * 99, "is not an SQLite database; name another file"),
        (b"x", "is not an SQLite database; name another file"),
        (b"SQLite format 3\x00" + b"x" * 4096, "is not an SQLite database; name another file"),
        (b"SQLite format 3\x00", "is not an SQLite database; name another file"),
    ],
)
def test_a_file_that_is_no_database(content: bytes, reason: str, tmp_path: Path) -> None:
    """It is not touched, and nothing is put beside it."""
    path = tmp_path / "studies.db"
    path.write_bytes(content)
    before = everything(tmp_path)
    assert reason in refusal(url_of(path))
    assert everything(tmp_path) == before


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("is_open", [False, True])
def test_another_programs_database(mode: str, is_open: bool, tmp_path: Path) -> None:
    """Whether it is in use or not; what it holds stays, and nothing stays beside it."""
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute(f"PRAGMA journal_mode = {mode}")
        theirs.execute("CREATE TABLE trials (name)")
        theirs.commit()
        if is_open:
            assert (
                refusal(url_of(path)) == f"{path} is another program's database; name another file"
            )
    before = everything(tmp_path)
    assert refusal(url_of(path)) == f"{path} is another program's database; name another file"
    assert everything(tmp_path) == before


@pytest.mark.parametrize("lost", [1, 1000])
def test_a_file_that_was_cut_short_within_its_last_page(lost: int, tmp_path: Path) -> None:
    """SQLite takes the page for whole, and would write to it."""
    path = tmp_path / "a.db"
    open_storage(url_of(path), owner=True).engine.dispose()
    whole = path.read_bytes()
    path.write_bytes(whole[:-lost])
    assert refusal(url_of(path)).startswith(f"{path} was cut short; restore a copy")
    assert path.read_bytes() == whole[:-lost]


def test_a_folder(tmp_path: Path) -> None:
    assert refusal(url_of(tmp_path)) == f"{tmp_path} is a folder; name a file in it"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where a folder should be; a folder that is the system's own."""
    file = tmp_path / "file"
    file.touch()
    assert f"{file} cannot be written: " in refusal(url_of(file / "new" / "a.db"))
    assert "cannot be written: " in refusal("sqlite:////proc/new/a.db")
    assert everything(tmp_path) == {str(file): b""}


def test_a_database_of_another_optuna(tmp_path: Path) -> None:
    """Of a schema that is yet to come."""
    url = url_of(tmp_path / "studies.db")
    open_storage(url)
    with closing(sqlite3.connect(tmp_path / "studies.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v99.0.0'")
        connection.commit()
    with pytest.raises(UserError, match="no longer compatible with the table schema") as refused:
        open_storage(url)
    assert "\n" not in str(refused.value)


def test_checking_writes_nothing(tmp_path: Path) -> None:
    check(url_of(tmp_path / "a" / "b" / "studies.db"))
    assert names(url_of(tmp_path / "studies.db")) == []
    assert everything(tmp_path) == {}


def test_a_new_storage(tmp_path: Path) -> None:
    """Folders and schema are made; readers and the writer share it."""
    path = tmp_path / "a" / "b" / "studies.db"
    storage = open_storage(url_of(path), owner=True)
    study = optuna.create_study(storage=storage, study_name="mine")
    assert names(url_of(path)) == ["mine"]
    assert study_id(storage, "mine") == study._study_id
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    check(url_of(path))


@pytest.mark.parametrize("is_database", [False, True])
def test_an_empty_file_will_do(is_database: bool, tmp_path: Path) -> None:
    """Of no bytes, or a database without tables."""
    path = tmp_path / "studies.db"
    path.touch()
    if is_database:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE t (a)")
            connection.execute("DROP TABLE t")
            connection.commit()
        assert path.stat().st_size > 0
    open_storage(url_of(path))
    assert names(url_of(path)) == []


def test_a_reader_does_not_wait_for_the_owner(tmp_path: Path) -> None:
    """While a transaction of the owner is under way, a dashboard reads what was before."""
    url = url_of(tmp_path / "studies.db")
    owner = open_storage(url, owner=True)
    optuna.create_study(storage=owner, study_name="mine")
    with owner.engine.begin() as transaction:
        transaction.exec_driver_sql("UPDATE studies SET study_name = 'renamed'")
        assert names(url) == ["mine"]
    assert names(url) == ["renamed"]


def test_an_owner_takes_the_write_lock_at_once(tmp_path: Path) -> None:
    """So that it never fails half-way through a transaction that began by reading."""
    path = tmp_path / "studies.db"
    owner = open_storage(url_of(path), owner=True)
    with (
        owner.engine.begin(),
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize("length", [250, 300])
def test_a_file_name_that_is_too_long(length: int, tmp_path: Path) -> None:
    """For the file or for those that are put beside it."""
    url = url_of(tmp_path / ("x" * length))
    assert "File name too long; name another" in refusal(url)
    assert names(url) == []
    assert everything(tmp_path) == {}


class Killed(BaseException):
    """Stands for a process that ends here."""


def test_killed_while_the_database_is_made(tmp_path: Path) -> None:
    """After some of its tables: there is none then, or a whole one, and it can be made again. What
    a deleted one has left is no part of it."""
    path = tmp_path / "studies.db"
    tables = 0

    def kill(*_: object, **__: object) -> None:
        nonlocal tables
        tables += 1
        if tables == 3:
            raise Killed

    event.listen(Table, "after_create", kill)
    try:
        with pytest.raises(Killed):
            open_storage(url_of(path), owner=True)
    finally:
        event.remove(Table, "after_create", kill)
    check(url_of(path))
    assert names(url_of(path)) == []
    path.with_name("studies.db-wal").write_bytes(b"of another database")
    optuna.create_study(storage=open_storage(url_of(path), owner=True), study_name="made")
    assert names(url_of(path)) == ["made"]
    assert {each.suffix for each in tmp_path.iterdir()} <= {".db", ".db-wal", ".db-shm", ".lock"}
