"""Addresses of databases, and how one is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from neumf.errors import UserError
from studies.storage.database import check, names, open_storage
from tests.search.study_folder import environment

HOLD = """
import sys
from studies.storage.database import own
with own(sys.argv[1], sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""

RACE = """
import sys
from optuna import create_study
from studies.storage.database import own
print("ready", flush=True)
for line in sys.stdin:
    try:
        with own(line.strip(), sys.argv[1]) as storage:
            create_study(storage=storage, study_name=sys.argv[1])
        print("made", flush=True)
    except Exception as error:
        print(repr(error).splitlines()[0], flush=True)
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
        assert hear(process) == "held"
        yield process
        process.kill()


def race(urls: Iterable[str]) -> None:
    """Three processes create a study each, in one storage after another, all at once; none is lost
    to a schema that another one has half made."""
    studies = ["one", "three", "two"]
    with ExitStack() as stack:
        racers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", RACE, study],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=environment(),
                )
            )
            for study in studies
        ]
        assert [hear(racer) for racer in racers] == ["ready"] * 3
        for url in urls:
            for racer in racers:
                assert racer.stdin is not None
                racer.stdin.write(f"{url}\n")
                racer.stdin.flush()
            assert [hear(racer) for racer in racers] == ["made"] * 3
            assert sorted(names(url)) == studies
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.close()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
