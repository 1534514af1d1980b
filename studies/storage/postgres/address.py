"""A PostgreSQL server's URL, and engines that connect by it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError

from neumf.errors import UserError
from studies.storage.url import POSTGRES, masked

FORM = f"{POSTGRES}USER@HOST/DATABASE"

CONNECTING = {
    "application_name": "neumf-search",
    "connect_timeout": "10",
    # a cable that is cut is noticed within half a minute
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "30000",
}
"""What libpq is told, unless the URL says otherwise. Seconds; the last one milliseconds."""


class Address:
    """A URL that was understood. ``shown`` has no password."""

    def __init__(self, url: str) -> None:
        """Connect to nothing.

        Raises:
            UserError: not such a URL, or psycopg is not installed.
        """
        self.url = url
        self.shown = masked(url)
        if not url.startswith(POSTGRES):
            _, slashes, rest = url.partition("://")
            hint = f"; did you mean {masked(POSTGRES + rest)}?" if slashes and rest else ""
            raise self.refusal(f"must be {FORM}{hint}")
        try:
            parsed = make_url(url)
            is_clear = "@" not in (parsed.host or "")  # or part of a password is taken for a host
        except (ArgumentError, ValueError):
            is_clear = False
        if not is_clear:
            raise self.refusal(f"must be {FORM}; write %40 for @ and %2F for / in names")
        if not parsed.database:
            raise self.refusal(f"names no database; write {FORM}")
        self._options = {k: v for k, v in CONNECTING.items() if k not in parsed.query}
        try:
            import psycopg  # noqa: F401 - what it needs itself may be missing too
        except ImportError:
            raise self.refusal(
                "needs the package psycopg: pip install 'neumf-search[postgres]'"
            ) from None

    def engine_options(self, **pool: Any) -> dict[str, Any]:
        """Keyword arguments of SQLAlchemy's ``create_engine``, and so of Optuna's storage."""
        return {"connect_args": self._options, **pool}

    def engine(self) -> Engine:
        """An engine of its own, to be disposed of."""
        return create_engine(self.url, **self.engine_options())

    def refusal(self, reason: str) -> UserError:
        """The line that ``reason`` makes."""
        return UserError(f"storage {self.shown!r}: {reason}")


def query(connection: Connection, sql: str, **values: Any) -> list[Any]:
    """The first column of a statement's rows."""
    return list(connection.execute(text(sql), values).scalars())
