"""Where a study is kept: an SQLite file, set up so that readers and a writer share it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
from filelock import FileLock, Timeout
from optuna.storages import RDBStorage
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from neumf.errors import UserError

WAIT_SECONDS = 60.0
PREFIX = "sqlite:///"
_SQLITE_HEADER = b"SQLite format 3\x00"


def database_path(url: str) -> Path:
    """The file of a storage URL.

    Raises:
        UserError: not an SQLite URL.
    """
    path = url.removeprefix(PREFIX)
    if path == url or path in ("", ":memory:"):
        scheme, _, rest = url.rpartition("://")
        is_near = path == url and rest and scheme in ("", "sqlite")
        hint = f"; did you mean {PREFIX}{rest}?" if is_near else ""
        raise UserError(f"storage {url!r}: must be {PREFIX}PATH{hint}")
    return Path(path)


def check(url: str) -> None:
    """See that ``url`` can hold studies, without writing anything.

    Raises:
        UserError: not a database, another program's database, or a place that cannot be written.
    """
    path = database_path(url)
    if path.is_dir():
        raise UserError(f"storage {url!r}: {path} is a folder; name a file in it")
    if not path.exists() or path.stat().st_size == 0:
        _check_place(path, url)
        return
    try:
        with path.open("rb") as file:
            header = file.read(len(_SQLITE_HEADER))
        with path.open("ab"):
            pass
    except OSError as error:
        raise UserError(f"storage {url!r}: {error.strerror}; name another file") from None
    if header != _SQLITE_HEADER:
        raise UserError(f"storage {url!r}: {path} is not an SQLite database; name another file")
    try:
        with _read_only(path) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in rows}
    except sqlite3.Error as error:
        raise UserError(f"storage {url!r}: cannot be read: {error}; name another file") from None
    if tables and not {"studies", "trials", "version_info"} <= tables:
        raise UserError(f"storage {url!r}: {path} is another program's database; name another file")


def _check_place(path: Path, url: str) -> None:
    """See that ``path`` could be created: probe the nearest folder that is there."""
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    probe = folder / f".{path.name}.probe"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(
            f"storage {url!r}: {folder} cannot be written: {error.strerror}; name another place"
        ) from None


@contextmanager
def _read_only(path: Path) -> Iterator[sqlite3.Connection]:
    is_at_rest = not path.with_name(f"{path.name}-wal").exists()
    mode = "immutable=1" if is_at_rest else "mode=ro"  # the latter puts files beside a database
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def open_storage(url: str, *, owner: bool = False) -> RDBStorage:
    """Open ``url``, creating file and schema where there are none.

    Write-ahead log, so that a dashboard reads while a search writes. An ``owner``'s transactions
    take the write lock at once and wait for it, so that none fails half-way.

    Raises:
        UserError: see :func:`check`, or a schema of an incompatible Optuna.
    """
    check(url)
    path = database_path(url)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        storage = RDBStorage(url, engine_kwargs={"creator": connect})
    except (OSError, sqlite3.Error, SQLAlchemyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"storage {url!r}: {reason}") from None

    begin = "BEGIN IMMEDIATE" if owner else "BEGIN"

    @event.listens_for(storage.engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return storage


def names(url: str) -> list[str]:
    """The studies that ``url`` holds; none where there is no file."""
    if not database_path(url).exists():
        return []
    return optuna.get_all_study_names(open_storage(url))


@contextmanager
def ownership(url: str, study: str) -> Iterator[None]:
    """Hold a study for one coordinator; the system lets go of it when the process dies.

    Raises:
        UserError: another process holds it.
    """
    path = database_path(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in study)
    lock = FileLock(path.with_name(f".{path.name}.{safe}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(
            f"study {study!r} in {url} is being run by another process; wait for it, or end it"
        ) from None
    try:
        yield
    finally:
        lock.release()


def study_id(storage: RDBStorage, name: str) -> int:
    """The number by which Optuna's dashboard addresses a study."""
    return storage.get_study_id_from_name(name)
