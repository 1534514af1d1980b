"""What a kind of database does for studies; see :func:`studies.storage.database.backend_of`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from optuna.storages import RDBStorage
from sqlalchemy.engine import Connection


@dataclass(frozen=True)
class Caller:
    """Who waits for a storage: what to tell while it is away, and whether to wait no longer."""

    say: Callable[[str], None] = lambda _line: None
    stop_requested: Callable[[], bool] = lambda: False


class Backend(Protocol):
    """One database that holds studies, in use or yet to be created.

    Whatever a person can put right raises UserError: one line that shows no password.
    """

    def check(self) -> None:
        """See that it can hold studies, without writing anything."""

    def is_there(self) -> bool:
        """Whether it may hold studies already: it need not be created to look."""

    def open(self, *, owner: bool) -> RDBStorage:
        """Open it. An ``owner`` writes; for one, what is missing is created."""

    def snapshot(self, storage: RDBStorage) -> Connection:
        """A connection whose transaction sees what its ``storage`` holds at one moment."""

    def own(self, study: str, caller: Caller) -> AbstractContextManager[RDBStorage]:
        """Hold a study for one coordinator, with the storage that it writes through."""

    def warning(self) -> str | None:
        """One line, if what is written there is at risk."""

    def beside(self, what: str) -> Path:
        """The folder for what its studies have beside it: models, checkpoints."""
