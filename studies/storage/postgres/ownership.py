"""A study's owner: the one process that holds the study's lock on the server.

An advisory lock belongs to a connection, and the server lets go of it when the connection ends. The
owner writes through that very connection, so nothing is ever written by a process that does not
hold the lock. Where a connection is lost, the next one takes the lock anew, and sees from a
table beside Optuna's that nobody else has had the study in between.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from neumf.errors import UserError

if TYPE_CHECKING:  # an extra: without it, Address says what to install
    from psycopg import Connection

TABLE = "neumf_owners"
CREATE = f"""
CREATE TABLE {TABLE} (
  study text PRIMARY KEY, token text NOT NULL, host text NOT NULL, process integer NOT NULL,
  since timestamptz NOT NULL DEFAULT now()
)
"""
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(current_schema() || '.' || %s, 0))"
_TAKE = f"""
INSERT INTO {TABLE} (study, token, host, process) VALUES (%s, %s, %s, %s)
ON CONFLICT (study) DO UPDATE SET token = excluded.token, host = excluded.host,
  process = excluded.process, since = excluded.since
"""  # noqa: S608 - a constant
_OWNER = f"SELECT token, host, process, since FROM {TABLE} WHERE study = %s"  # noqa: S608
_SELF = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
_END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s
"""
_STAY = """
SELECT set_config(name, value, false) FROM (VALUES
  ('tcp_keepalives_idle', '20'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '4'),
  ('idle_session_timeout', '0'), ('idle_in_transaction_session_timeout', '0')
) AS wanted (name, value) WHERE name IN (SELECT name FROM pg_settings)
"""
"""A server must not end a connection that waits for an epoch, and must end soon, and with it the
lock, that of a machine that is gone: within 40 seconds."""

STALE_SECONDS = 10.0
"""How long the server may take to end the connection that was lost."""


class Ownership:
    """Of one study by this process."""

    def __init__(self, study: str, shown: str) -> None:
        self._study = study
        self._shown = shown
        self._token = uuid4().hex
        self._connection: tuple[int, datetime] | None = None  # as the server knows the last one

    def take(self, connection: Connection[Any]) -> None:
        """Make ``connection``, which is new, the owner's.

        Raises:
            UserError: another process owns the study, or has owned it since the last connection.
        """
        connection.autocommit = True
        try:
            connection.execute(_STAY)
            if self._connection is None:
                self._take_first(connection)
            else:
                self._take_again(connection, self._connection)
            self._connection = connection.execute(_SELF).fetchone()
            connection.autocommit = False
        except BaseException:
            connection.close()  # nobody else would
            raise

    def _take_first(self, connection: Connection[Any]) -> None:
        if not self._lock(connection):
            raise UserError(
                f"study {self._study!r} in {self._shown} is being run by"
                f" {self._owner(connection)}; wait for it, or end it"
            )
        facts = (self._study, self._token, socket.gethostname(), os.getpid())
        connection.execute(_TAKE, facts)

    def _take_again(self, connection: Connection[Any], before: tuple[int, datetime]) -> None:
        """The server may not have noticed yet that the connection ``before`` is lost."""
        connection.execute(_END, before)
        is_ours = self._is_ours(connection) and wait_for(
            lambda: self._lock(connection), STALE_SECONDS
        )
        if not (is_ours and self._is_ours(connection)):
            raise UserError(
                f"study {self._study!r} in {self._shown} was taken over by"
                f" {self._owner(connection)} while the connection was lost; what is finished is"
                " kept: run the same command again when that has ended"
            )

    def _lock(self, connection: Connection[Any]) -> bool:
        (is_held,) = connection.execute(_LOCK, (self._study,)).fetchone() or (False,)
        return bool(is_held)

    def _is_ours(self, connection: Connection[Any]) -> bool:
        """Whether nobody else has owned the study since this process took it."""
        return bool(self._find(connection)[0] == self._token)

    def _find(self, connection: Connection[Any]) -> tuple[Any, ...]:
        return connection.execute(_OWNER, (self._study,)).fetchone() or (None,)

    def _owner(self, connection: Connection[Any]) -> str:
        _, *known = self._find(connection)
        if not known:
            return "another process"
        host, process, since = known
        return f"{host} (process {process}) since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether ``condition`` has come true within so many seconds."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(0.02)
    return True
