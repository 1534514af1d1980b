"""Where a study is kept: an SQLite file, set up so that readers and a writer share it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optuna.storages import RDBStorage
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from neumf.errors import UserError
from neumf.files import require_regular
from studies.storage.backend import Caller
from studies.storage.errors import reason_of
from studies.storage.locks import creation_lock, ownership
from studies.storage.network import network_warning
from studies.storage.url import PREFIX, database_path, template

SQLITE_HEADER_BYTES = 100
"""A shorter file that is not empty is no database, though SQLite would take it for an empty one."""

WAIT_SECONDS = 60.0
"""How long a transaction waits for another process's."""


class SQLite:
    """See :class:`studies.storage.backend.Backend`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._path = database_path(url)

    def check(self) -> None:
        """See that it can hold studies, without writing anything."""
        url, path = self._url, self._path
        try:
            lock = creation_lock(path)
            try:
                _check(path, url)
            except UserError:
                if not Path(lock.lock_file).exists():
                    raise
                with lock:  # it may have been half created: look again when it is whole
                    _check(path, url)
        except OSError as error:
            raise UserError(f"storage {url!r}: {error.strerror}; name another file") from None

    def is_there(self) -> bool:
        """Whether there is a file."""
        return _identity(self._path) is not None

    def open(self, *, owner: bool) -> RDBStorage:
        """Open it, creating file and schema where there are none.

        Write-ahead log, so that a dashboard reads while a search writes. An ``owner``'s
        transactions take the write lock at once and wait for it, so that none fails half-way. A
        transaction on a file that was deleted or replaced since raises UserError, where SQLite
        would write to nothing.
        """
        self.check()
        url, path = self._url, self._path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with (lock := creation_lock(path)):
                if not path.exists() or path.stat().st_size == 0:
                    _create(path.resolve(), Path(lock.lock_file).with_suffix(".new"))
                storage = RDBStorage(template(url), {"creator": lambda: connect(path)})
        except (OSError, sqlite3.Error, SQLAlchemyError, RuntimeError) as error:
            raise UserError(f"storage {url!r}: {reason_of(error)}") from None
        begin = "BEGIN IMMEDIATE" if owner else "BEGIN"
        opened = _identity(path)

        @event.listens_for(storage.engine, "begin")
        def _begin(connection: Connection) -> None:
            if _identity(path) != opened:
                raise UserError(
                    f"storage {url!r}: the file was deleted or replaced while in use; put it back,"
                    " or run the same command again to start anew"
                )
            connection.exec_driver_sql(begin)

        return storage

    def snapshot(self, storage: RDBStorage) -> Connection:
        """As every transaction of SQLite's does."""
        return storage.engine.connect()

    @contextmanager
    def own(self, study: str, _caller: Caller) -> Iterator[RDBStorage]:
        """Hold a study by a lock beside the file."""
        with ownership(self._url, study):
            yield self.open(owner=True)

    def warning(self) -> str | None:
        """Network file systems lose what is written."""
        return network_warning(self._url)

    def beside(self, what: str) -> Path:
        """Beside the file, not beside a link to it: another session may come by another name."""
        path = self._path.resolve() if self._path.is_symlink() else self._path
        return path.with_name(f"{path.name}-{what}")


def _check(path: Path, url: str) -> None:
    """Only SQLite opens the file: were this process to close it behind SQLite's back, the system
    would drop the locks of its open connections. Another process, closing the database, would then
    take itself for the last and remove the log, and with it what is written afterwards."""
    require_regular(path)
    if path.is_dir():
        raise UserError(f"storage {url!r}: {path} is a folder; name a file in it")
    if not path.exists() or path.stat().st_size == 0:
        _check_place(path, url)
        return
    not_a_database = f"storage {url!r}: {path} is not an SQLite database; name another file"
    if path.stat().st_size < SQLITE_HEADER_BYTES:
        raise UserError(not_a_database)
    if not os.access(path, os.R_OK | os.W_OK):
        raise UserError(f"storage {url!r}: {path} cannot be read and written; name another file")
    try:
        with _read_only(path) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in rows}
            (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise UserError(not_a_database) from None
        raise UserError(
            f"storage {url!r}: cannot be read: {reason_of(error)}; name another file"
        ) from None
    if _is_at_rest(path) and path.stat().st_size % page_bytes:  # SQLite does not notice
        raise UserError(
            f"storage {url!r}: {path} was cut short; restore a copy of it, or name another file"
        )
    if tables and not {"studies", "trials", "version_info"} <= tables:
        raise UserError(f"storage {url!r}: {path} is another program's database; name another file")


def _create(path: Path, workshop: Path) -> None:
    """Make a database without studies, which appears at ``path`` whole or not at all: Optuna makes
    its schema in several transactions, and a half-made one looks like another program's. The log of
    one that was deleted must not be taken for a part of it.

    The folder ``workshop`` is made and removed; nobody else uses it meanwhile.
    """
    shutil.rmtree(workshop, ignore_errors=True)  # of a process that was killed
    workshop.mkdir()
    try:
        part = workshop / path.name
        storage = RDBStorage(template(f"{PREFIX}{part}"), {"creator": lambda: connect(part)})
        storage.remove_session()
        storage.engine.dispose()  # with its last connection, the log goes into the file
        for kind in ("wal", "shm"):
            path.with_name(f"{path.name}-{kind}").unlink(missing_ok=True)
        part.replace(path)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _check_place(path: Path, url: str) -> None:
    """See that ``path`` could be created: probe the nearest folder that is there."""
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    probe = folder / f".{path.name}.probe"
    try:
        probe.touch()
        probe.unlink(missing_ok=True)  # another process may have been quicker
    except OSError as error:
        raise UserError(
            f"storage {url!r}: {folder} cannot be written: {error.strerror}; name another place"
        ) from None


def _is_at_rest(path: Path) -> bool:
    """Whether it has no log, of which a part may not be in the file yet. SQLite keeps it beside the
    file, whatever links lead there."""
    real = Path(os.path.realpath(path))
    return not real.with_name(f"{real.name}-wal").exists()


@contextmanager
def _read_only(path: Path) -> Iterator[sqlite3.Connection]:
    # the latter puts files beside a database
    mode = "immutable=1" if _is_at_rest(path) else "mode=ro"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def connect(path: Path) -> sqlite3.Connection:
    """A connection as every process that uses ``path`` has it."""
    connection = sqlite3.connect(
        path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
