"""Where studies are kept: a database named by a URL, whose scheme says of which kind it is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import optuna
from optuna.storages import RDBStorage

from studies.storage.backend import Backend, Caller
from studies.storage.errors import record_errors
from studies.storage.names import is_side
from studies.storage.sqlite import SQLite
from studies.storage.url import is_postgres

optuna.logging.set_verbosity(optuna.logging.ERROR)  # what it warns of, we tell in a line of our own


def backend_of(url: str) -> Backend:
    """The kind of database that ``url`` names.

    Raises:
        UserError: there is no such kind, or what it needs is not installed.
    """
    if is_postgres(url):
        from studies.storage.postgres.backend import Postgres

        return Postgres(url)
    return SQLite(url)


def check(url: str) -> None:
    """See that ``url`` can hold studies, without writing anything.

    Raises:
        UserError: not a database, another program's database, or a place that cannot be written.
    """
    backend_of(url).check()


def open_storage(url: str, *, owner: bool = False) -> RDBStorage:
    """Open ``url`` for reading or, as an ``owner``, for writing.

    Raises:
        UserError: see :func:`check`, or a schema of an incompatible Optuna.
    """
    return backend_of(url).open(owner=owner)


def own(url: str, study: str, caller: Caller | None = None) -> AbstractContextManager[RDBStorage]:
    """Hold a study of the storage at ``url`` for one coordinator; the storage to write it through.

    Raises:
        UserError: another process holds it, or it cannot be held there.
    """
    return backend_of(url).own(study, caller or Caller())


def names(url: str) -> list[str]:
    """The studies that ``url`` holds, without those that belong to another one; none where there is
    no database.

    Raises:
        UserError: it cannot be opened or read.
    """
    found = all_names(url)
    known = set(found)
    return [name for name in found if not is_side(name, known)]


def all_names(url: str) -> list[str]:
    """The same with those that belong to another one."""
    if not backend_of(url).is_there():
        return []
    with record_errors(url):
        return optuna.get_all_study_names(open_storage(url))


def study_id(storage: RDBStorage, name: str) -> int:
    """The number by which Optuna's dashboard addresses a study."""
    return storage.get_study_id_from_name(name)


def storage_warning(url: str) -> str | None:
    """One line, if what is written to ``url`` is at risk."""
    return backend_of(url).warning()


def models_folder(url: str) -> Path:
    """The folder for the models of the studies in ``url``."""
    return backend_of(url).beside("models")


def checkpoints_folder(url: str) -> Path:
    """The folder for the checkpoints of the studies in ``url``."""
    return backend_of(url).beside("checkpoints")
