"""A storage that fails while a search runs: one line, and what is finished is kept."""

from __future__ import annotations

import errno
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from neumf.errors import UserError
from studies.ledger.ledger import Ledger
from studies.storage import sqlite
from studies.storage.database import open_storage
from studies.storage.errors import storage_errors
from tests.search.study_folder import StudyFolder, environment, make_study_folder
from tests.studies.synthetic import DATA, NO_PRUNER, counted, define, finish

DEFINITION = define(40, search=NO_PRUNER)


def limit(connection: sqlite3.Connection, path: Path) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    assert path.exists()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")


def query_only(connection: sqlite3.Connection, path: Path) -> None:
    assert path.exists()
    connection.execute("PRAGMA query_only = ON")


@contextmanager
def held(path: Path) -> Iterator[None]:
    """By another program, longer than anyone waits."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def line_of(refused: pytest.ExceptionInfo[UserError], url: str) -> str:
    line = str(refused.value)
    assert "\n" not in line
    start, end = f"storage {url!r}: ", ", and run the same command again"
    assert line.startswith(start)
    assert line.endswith(end)
    return line.removeprefix(start).removesuffix(end)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (limit, "database or disk is full; finished trials are kept: free some space"),
        (
            query_only,
            "attempt to write a readonly database; finished trials are kept: make it writable",
        ),
    ],
)
def test_a_full_or_read_only_database(
    fault: Callable[[sqlite3.Connection, Path], None],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the midst of a study; once that is mended, the study ends at its exact total."""
    path = tmp_path / "studies.db"
    url = f"sqlite:///{path}"
    with monkeypatch.context() as patch:
        connect = sqlite.connect

        def faulty(path: Path) -> sqlite3.Connection:
            connection = connect(path)
            fault(connection, path)
            return connection

        finish(Ledger(open_storage(url, owner=True), define(3, search=NO_PRUNER), DATA))
        storage = open_storage(url, owner=True)
        ledger = Ledger(storage, DEFINITION, DATA)
        patch.setattr(sqlite, "connect", faulty)
        storage.engine.dispose()
        with pytest.raises(UserError) as refused, storage_errors(url):
            finish(ledger)
        storage.engine.dispose()
    assert line_of(refused, url) == told
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    storage = open_storage(url, owner=True)
    kept = {trial.number for trial in counted(storage)}
    assert len(kept) >= 3
    finish(Ledger(storage, DEFINITION, DATA))
    assert len(counted(storage)) == 40
    assert kept <= {trial.number for trial in counted(storage)}


@pytest.mark.slow
def test_a_locked_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.0)
    ledger = Ledger(open_storage(url, owner=True), DEFINITION, DATA)
    with pytest.raises(UserError) as refused, held(tmp_path / "studies.db"), storage_errors(url):
        ledger.ask()
    assert line_of(refused, url).startswith("database is locked; finished trials are kept: end the")
    finish(ledger)


def test_a_database_that_is_gone(tmp_path: Path) -> None:
    """Deleted, or replaced: SQLite alone would continue, and write to a file that has no name."""
    path = tmp_path / "studies.db"
    url = f"sqlite:///{path}"
    for replacement in (None, b"something else"):
        ledger = Ledger(open_storage(url, owner=True), DEFINITION, DATA)
        path.rename(tmp_path / "moved.db")
        if replacement is not None:
            path.write_bytes(replacement)
        with (
            pytest.raises(UserError, match="^storage .*: the file was deleted or replaced while"),
            storage_errors(url),
        ):
            ledger.ask()
        (tmp_path / "moved.db").rename(path)


def test_other_errors_are_not_the_storages() -> None:
    """Our own mistakes stay tracebacks; a full disk is one line wherever it is met."""
    with pytest.raises(UserError, match="No space left on device; finished"), storage_errors("u"):
        raise OSError(errno.ENOSPC, "No space left on device")
    mistakes: list[Exception] = [FileNotFoundError(errno.ENOENT, "x"), KeyError(1), UserError("y")]
    for mistake in mistakes:
        with pytest.raises(type(mistake)) as refused, storage_errors("u"):
            raise mistake
        assert refused.value is mistake


LIMITED = """
import sys
from studies.storage import sqlite
connect, pages = sqlite.connect, sys.argv.pop(1)
def small(path):
    connection = connect(path)
    connection.execute(f"PRAGMA max_page_count = {pages}")
    return connection
sqlite.connect = small
from neumf.cli import main
from search.run import run
main(run, "search.run")
"""


def run_limited(
    study: StudyFolder, pages: int, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """A search whose database cannot grow beyond ``pages``."""
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(pages), *study.command(*arguments)[3:]],
        cwd=study.folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_a_disk_that_fills_up_during_a_search(tmp_path: Path) -> None:
    """As a person sees it: one line and exit code 2, a sound file, and the next run completes."""
    study = make_study_folder(tmp_path)
    study.run("--trials", "2")
    ((pages,),) = study.query("PRAGMA page_count")
    done = run_limited(study, pages + 2, "--trials", "60", "--workers", "2")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    *trials, error = done.stderr.splitlines()
    assert not [line for line in trials if line.startswith("error")]
    assert error == (
        f"error: storage {study.storage!r}: database or disk is full; finished trials are kept:"
        " free some space, and run the same command again"
    )
    assert study.query("PRAGMA integrity_check") == [("ok",)]
    kept = study.finished()
    assert 2 <= kept < 60
    assert study.summary("--trials", str(kept + 3))["added"] == 3
    assert study.finished() == kept + 3
    assert not study.states()["RUNNING"]
