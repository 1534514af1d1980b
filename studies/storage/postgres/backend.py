"""A PostgreSQL database that holds studies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optuna.storages import RDBStorage
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from studies.storage.backend import Caller
from studies.storage.errors import DATABASE_ERRORS, reason_of
from studies.storage.postgres.address import Address, query
from studies.storage.postgres.outage import Patience
from studies.storage.postgres.ownership import CREATE, TABLE, Ownership
from studies.storage.postgres.storage import ClosedStorage, PatientStorage
from studies.storage.url import template

if TYPE_CHECKING:  # an extra: without it, Address says what to install
    from psycopg import Connection as Raw

CREATION_LOCK = 0x6E65756D66
"""Held while tables are created: of processes that do so at once, all but one would fail."""

REMEDY = "see that the server runs, and that it lets you in"

OURS = {"studies", "trials", "version_info"}
"""Some of Optuna's tables."""

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
_MAY_CREATE = """
SELECT has_schema_privilege(current_schema(), 'CREATE') AND NOT pg_is_in_recovery()
"""


class Postgres:
    """See :class:`studies.storage.backend.Backend`."""

    def __init__(self, url: str) -> None:
        self._address = Address(url)

    def check(self) -> None:
        """See that it can hold studies: that they are there, or can be created."""
        refusal = self._address.refusal
        with self._connected() as connection:
            tables = set(query(connection, _TABLES))
            if OURS & tables and not tables >= OURS:
                raise refusal(
                    "has another program's tables of the same names; name another database"
                )
            if not tables >= {*OURS, TABLE} and query(connection, _MAY_CREATE) != [True]:
                raise refusal("tables cannot be created there; ask for the right, or name another")

    def is_there(self) -> bool:
        """Whether it has Optuna's tables, of which this one is the last to be created."""
        with self._connected() as connection:
            return "alembic_version" in query(connection, _TABLES)

    def open(self, *, owner: bool) -> RDBStorage:
        """Open it. A reader needs no more than the right to read."""
        if owner:
            self._create()
        elif not self.is_there():
            raise self._address.refusal("holds no studies; run python -m search.run first")
        options = self._address.engine_options(pool_pre_ping=True)
        with self._failures():
            return ClosedStorage(self._template, options, skip_table_creation=True)

    def snapshot(self, storage: RDBStorage) -> Connection:
        """Other transactions see what was committed before each statement."""
        return storage.engine.connect().execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def own(self, study: str, caller: Caller) -> Iterator[RDBStorage]:
        """Hold a study by a lock of the one connection that writes it."""
        self._create()
        shown = self._address.shown
        ownership = Ownership(study, shown)

        def take(connection: Raw[Any], _record: Any) -> None:
            ownership.take(connection)

        options = self._address.engine_options(
            pool_size=1, max_overflow=0, pool_events=[(take, "connect")]
        )
        with self._failures():
            storage = PatientStorage(self._template, options, Patience(shown, caller))
        try:
            yield storage
        finally:
            storage.remove_session()
            storage.engine.dispose()

    def warning(self) -> None:
        """A server is made to be shared."""

    def beside(self, what: str) -> Path:
        """In the folder that one works in, as the database is elsewhere."""
        return Path(what)

    @property
    def _template(self) -> str:
        return template(self._address.url)

    def _create(self) -> None:
        """Whatever tables are missing, and nothing if none is."""
        self.check()
        with self._connected() as connection:
            query(connection, "SELECT pg_advisory_lock(:key)", key=CREATION_LOCK)
            ClosedStorage(self._template, self._address.engine_options())
            if TABLE not in query(connection, _TABLES):
                connection.exec_driver_sql(CREATE)
                connection.commit()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        engine = self._address.engine()
        try:
            with self._failures(), engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """What connecting and opening raise, as one line."""
        try:
            yield
        except (*DATABASE_ERRORS, RuntimeError) as error:  # the latter: another Optuna's tables
            remedy = f"; {REMEDY}" if isinstance(error, OperationalError) else ""
            raise self._address.refusal(f"{reason_of(error)}{remedy}") from None
