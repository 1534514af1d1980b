"""More than a hundred mistakes, made on the real command lines: one line, exit code 2, and nothing
is written, moved or changed."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.neumf.commands import commanded
from tests.search.mistakes import FUNCTIONS, MISTAKES, SECRET, Mistake
from tests.search.refused_world import make_world, snapshot
from tests.search.study_folder import environment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, since nothing is written to it."""
    return make_world(tmp_path_factory.mktemp("world"))


def test_there_are_more_than_a_hundred() -> None:
    """Each another one."""
    assert len(set(MISTAKES)) == len(MISTAKES) > 100


@pytest.mark.parametrize(
    "mistake", MISTAKES, ids=[f"{n}-{mistake.command}" for n, mistake in enumerate(MISTAKES)]
)
def test_one_line_and_nothing_written(
    mistake: Mistake,
    world: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The line may be printed anywhere, names what is wrong, and shows no password."""
    monkeypatch.chdir(world)
    monkeypatch.setenv("NEUMF_SEARCH_CACHE", str(tmp_path))
    before = snapshot(world)
    function = getattr(importlib.import_module(mistake.command), FUNCTIONS[mistake.command])
    said = commanded(function, mistake.command, monkeypatch, capsys)(*mistake.arguments)
    errors = [line for line in said.err if line.startswith("error: ")]
    assert (said.code, len(errors)) == (2, 1)
    assert errors[0] == said.err[-1]
    assert mistake.said in errors[0]
    assert errors[0].isprintable()
    assert len(errors[0]) < 1100
    assert SECRET not in "".join((*said.out, *said.err))
    assert snapshot(world) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("blocks.toml", "--trials", "0"),
        ("blocks.toml", "--data", "bad.parquet"),
        ("misspelt.toml",),
        ("blocks.toml", "--storage", "sqlite:///broken-json.db"),
    ],
)
def test_so_does_a_process_of_its_own(arguments: tuple[str, ...], world: Path) -> None:
    """For a mistake of each kind, as a shell sees it."""
    before = snapshot(world)
    run = subprocess.run(
        [sys.executable, "-m", "search.run", *arguments],
        cwd=world,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in run.stderr
    assert not list(world.glob("*-wal"))
    assert snapshot(world) == before
