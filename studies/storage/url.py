"""What names a storage, and how it is shown: ``sqlite:///PATH``, or a PostgreSQL server's URL."""

from __future__ import annotations

import re
from pathlib import Path

from neumf.errors import UserError

PREFIX = "sqlite:///"
POSTGRES = "postgresql+psycopg://"

FORMS = f"{PREFIX}PATH or {POSTGRES}USER@HOST/DATABASE"

_PARTS = re.compile(r"([\w+.-]+://)?(.*)", re.DOTALL)

_SECRET = re.compile(r"([?&](?:ssl)?password=)[^&#]*", re.IGNORECASE)
"""A password among a URL's options."""


def is_postgres(url: str) -> bool:
    """Whether ``url`` names a PostgreSQL server, maybe not in the form that is understood here."""
    return url.lower().startswith(("postgres:", "postgresql:", "postgres+", "postgresql+"))


def masked(url: str) -> str:
    """``url`` as it may be printed and stored: with ``***`` for every password.

    Whatever could be part of a password is hidden, in malformed URLs too.
    """
    if url.startswith(PREFIX):
        return url
    parts = _PARTS.fullmatch(url)
    assert parts is not None
    scheme, rest = parts[1] or "", parts[2]
    login, at, place = rest.rpartition("@")
    user, colon, _ = login.partition(":")
    return _SECRET.sub(r"\1***", f"{scheme}{user}{colon and ':***'}{at}{place}")


def template(url: str) -> str:
    """``url`` for Optuna, which fills in what stands in braces."""
    return url.replace("{", "{{").replace("}", "}}")


def database_path(url: str) -> Path:
    """The file of an SQLite URL.

    Raises:
        UserError: not an SQLite URL, or one that means another file to other programs.
    """
    path = url.removeprefix(PREFIX)
    if path == url or path in ("", ":memory:"):
        scheme, _, rest = url.rpartition("://")
        is_near = path == url and rest and scheme in ("", "sqlite")
        hint = f"; did you mean {PREFIX}{masked(rest)}?" if is_near else ""
        raise UserError(f"storage {masked(url)!r}: must be {FORMS}{hint}")
    if "?" in path:  # SQLAlchemy, and so optuna-dashboard, would read another file of this URL
        raise UserError(f"storage {url!r}: takes no options; write {PREFIX}{path.split('?')[0]}")
    if path.startswith("~/"):
        raise UserError(
            f"storage {url!r}: ~ is not expanded there; write {PREFIX}{Path(path).expanduser()}"
        )
    return Path(path)
