"""Addresses of databases, and how one is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from neumf.errors import UserError
from studies.storage.database import check, open_storage
from tests.search.study_folder import environment

HOLD = """
import sys
from studies.storage.database import own
with own(sys.argv[1], sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


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


@contextmanager
def held(url: str, study: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns ``study``."""
    command = [sys.executable, "-c", HOLD, url, study]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()
