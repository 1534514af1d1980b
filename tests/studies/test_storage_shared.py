"""Processes that share a database: one runs a study, others read, and none is in the way."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Self

import optuna
import pytest
from filelock import FileLock

from neumf.errors import UserError
from studies.storage import sqlite
from studies.storage.database import (
    check,
    checkpoints_folder,
    models_folder,
    names,
    open_storage,
)
from studies.storage.locks import creation_lock, ownership
from tests.studies.storages import held, race, url_of


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the study ``mine``."""
    with held(url_of(tmp_path / "studies.db"), "mine") as process:
        yield process


def test_one_process_runs_a_study(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    """Another one is refused at once; another study of the same storage is free. When the holder
    is killed, the system lets go of it."""
    url = url_of(tmp_path / "studies.db")
    with pytest.raises(UserError) as refused, ownership(url, "mine"):
        pass
    assert str(refused.value) == (
        f"study 'mine' in {url} is being run by another process; wait for it, or end it"
    )
    with ownership(url, "yours"):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with ownership(url, "mine"):
        pass


def test_two_ways_to_one_database_meet(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    """Through a link to the folder or to the file, the study is the same and so is its lock."""
    assert holder.poll() is None
    (tmp_path / "studies.db").touch()
    (tmp_path / "folder").symlink_to(tmp_path)
    (tmp_path / "link.db").symlink_to(tmp_path / "studies.db")
    for path in (tmp_path / "folder" / "studies.db", tmp_path / "link.db"):
        with (
            pytest.raises(UserError, match="is being run by another"),
            ownership(url_of(path), "mine"),
        ):
            pass


def test_what_lies_beside_a_database_lies_beside_it_by_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The models and checkpoints of one session are found by the next, which may come through a
    link. Without one they are told as the database was."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "disk").mkdir()
    (tmp_path / "link.db").symlink_to(Path("disk", "studies.db"))
    for folder in (models_folder, checkpoints_folder):
        plain = folder("sqlite:///disk/studies.db")
        assert not plain.is_absolute()
        assert plain.parent == Path("disk")
        assert folder("sqlite:///link.db") == tmp_path / plain


def test_a_database_in_use_is_read_with_its_log_by_any_name(tmp_path: Path) -> None:
    """Through a link, too: the file by itself may be in the middle of being written."""
    path, link = tmp_path / "studies.db", tmp_path / "link.db"
    open_storage(url_of(path)).engine.dispose()
    link.symlink_to(path)
    with closing(sqlite.connect(path)) as user:
        user.execute("PRAGMA user_version = 7")
        for name in (path, link):
            with sqlite._read_only(name) as connection:
                assert connection.execute("PRAGMA user_version").fetchone() == (7,)


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_a_study_may_have_a_long_name(letter: str, tmp_path: Path) -> None:
    """As long as a definition allows; two names that begin alike are two studies."""
    url = url_of(tmp_path / "studies.db")
    with ownership(url, letter * 200), ownership(url, letter * 199):
        pass


def test_a_database_with_two_names(tmp_path: Path) -> None:
    """SQLite would keep a log for each, and two searches through them corrupt the file."""
    path, other = tmp_path / "studies.db", tmp_path / "other.db"
    open_storage(url_of(path))
    other.hardlink_to(path)
    for name in (path, other):
        with (
            pytest.raises(UserError, match="another hard link"),
            ownership(url_of(name), "mine"),
        ):
            pass
    other.unlink()
    with ownership(url_of(path), "mine"):
        pass


def test_a_place_for_no_lock(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UserError, match="^storage .*; name another place$"),
        ownership(url_of(tmp_path / "file" / "studies.db"), "mine"),
    ):
        pass


@pytest.mark.slow
def test_processes_create_a_database_at_once(tmp_path: Path) -> None:
    """Without the lock most are lost."""
    race(url_of(tmp_path / f"new-{number}" / "studies.db") for number in range(8))


def test_a_database_that_is_being_created_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With half of its tables it looks like another program's."""
    path, waits = tmp_path / "studies.db", Event()

    class Lock(FileLock):
        """Says that it is about to be waited for."""

        def __enter__(self) -> Self:
            waits.set()
            super().__enter__()
            return self

    refused: list[UserError] = []

    def look() -> None:
        try:
            check(url_of(path))
        except UserError as error:
            refused.append(error)

    with creation_lock(path) as lock, closing(sqlite3.connect(path)) as connection:
        monkeypatch.setattr(sqlite, "creation_lock", lambda _: Lock(lock.lock_file))
        connection.execute("CREATE TABLE studies (name)")
        connection.commit()
        looker = Thread(target=look)
        looker.start()
        while looker.is_alive() and not waits.is_set():
            looker.join(0.01)
        connection.execute("CREATE TABLE trials (name)")
        connection.execute("CREATE TABLE version_info (name)")
        connection.commit()
    looker.join()
    assert waits.is_set()
    assert refused == []


def test_a_study_is_let_go_of_when_its_run_fails(tmp_path: Path) -> None:
    """And may be called as it likes."""
    url, name = url_of(tmp_path / "new" / "studies.db"), "../a b/ü"
    with pytest.raises(RuntimeError), ownership(url, name):
        raise RuntimeError
    with ownership(url, name):
        pass
    assert {path.parent for path in (tmp_path / "new").rglob("*")} == {tmp_path / "new"}


READ_AND_CLOSE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("SELECT count(*) FROM trials").fetchone()
connection.close()
"""


def test_a_reader_that_closes_leaves_the_writer_its_log(tmp_path: Path) -> None:
    """A dashboard is closed in the middle of a search that has looked at its own results before:
    what the search writes afterwards is there, for itself and for others."""
    url, path = url_of(tmp_path / "a.db"), tmp_path / "a.db"
    storage = open_storage(url, owner=True)
    study = optuna.create_study(storage=storage, study_name="s")
    study.add_trial(optuna.trial.create_trial(value=1.0))
    assert names(url) == ["s"]
    check(url)
    for _ in range(2):
        subprocess.run([sys.executable, "-c", READ_AND_CLOSE, str(path)], check=True)
        study.add_trial(optuna.trial.create_trial(value=2.0))
    assert path.with_name("a.db-wal").exists(), "the log is the writer's until it ends"
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM trials").fetchone() == (3,)
    assert len(optuna.load_study(study_name="s", storage=open_storage(url)).trials) == 3
