"""What names a storage, and how it is shown: ``sqlite:///PATH``, or a PostgreSQL server's URL."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote_plus

from neumf.errors import UserError

PREFIX = "sqlite:///"
POSTGRES = "postgresql+psycopg://"

FORMS = f"{PREFIX}PATH or {POSTGRES}USER@HOST/DATABASE"

_PARTS = re.compile(r"([\w+.-]+://)?(.*)", re.DOTALL)

_OPTION = re.compile(r"([?&])([^=&]*)=([^&]*)")
"""``name=value`` among a URL's options. Any character but ``&`` may stand in a value."""

_SECRETS = ("password", "secret", "scram_")
"""What libpq's options that hold one have in their names."""


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
    if _OPTION.sub(_hide, login) != login:  # this @ may be a password's
        place = "***"
    user, colon, _ = login.partition(":")
    return _OPTION.sub(_hide, f"{scheme}{user}{colon and ':***'}{at}{place}")


def _hide(option: re.Match[str]) -> str:
    """An option without its value, if that is a secret; a name may be escaped as in any URL."""
    before, name, _ = option.groups()
    is_secret = any(word in unquote_plus(name).lower() for word in _SECRETS)
    return f"{before}{name}=***" if is_secret else option[0]


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
        home = os.path.expanduser(path)  # noqa: PTH111 - Path's fails where there is no home
        raise UserError(f"storage {url!r}: ~ is not expanded there; write {PREFIX}{home}")
    return Path(path)
