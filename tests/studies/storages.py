"""Addresses of databases, and how one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from neumf.errors import UserError
from studies.storage.database import check, open_storage


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def refusal(url: str) -> str:
    """The line that refuses ``url``, with or without opening it."""
    lines = []
    for use in (check, open_storage):
        with pytest.raises(UserError) as refused:
            use(url)
        lines.append(str(refused.value))
    assert lines[0] == lines[1]
    assert "\n" not in lines[0]
    assert lines[0].startswith(f"storage {url!r}: ")
    return lines[0].removeprefix(f"storage {url!r}: ")
