"""What names a storage: ``sqlite:///PATH``."""

from __future__ import annotations

from pathlib import Path

from neumf.errors import UserError

PREFIX = "sqlite:///"


def database_path(url: str) -> Path:
    """The file of a storage URL.

    Raises:
        UserError: not an SQLite URL, or one that means another file to other programs.
    """
    path = url.removeprefix(PREFIX)
    if path == url or path in ("", ":memory:"):
        scheme, _, rest = url.rpartition("://")
        is_near = path == url and rest and scheme in ("", "sqlite")
        hint = f"; did you mean {PREFIX}{rest}?" if is_near else ""
        raise UserError(f"storage {url!r}: must be {PREFIX}PATH{hint}")
    if "?" in path:  # SQLAlchemy, and so optuna-dashboard, would read another file of this URL
        raise UserError(f"storage {url!r}: takes no options; write {PREFIX}{path.split('?')[0]}")
    if path.startswith("~/"):
        raise UserError(
            f"storage {url!r}: ~ is not expanded there; write {PREFIX}{Path(path).expanduser()}"
        )
    return Path(path)
