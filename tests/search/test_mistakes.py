"""More than a hundred mistakes, made on the real command lines: one line, exit code 2, and nothing
is written, moved or changed."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.neumf.commands import commanded
from tests.search.mistakes import FUNCTIONS, MISTAKES, SECRET, Mistake
from tests.search.refused_world import make_world, snapshot
from tests.search.study_folder import make_study_folder

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
        ("--trials", "0"),
        ("--data", "bad.parquet"),
        ("--candidates", "10"),
        ("--storage", "sqlite:///diary.db"),
    ],
)
def test_so_does_a_process_of_its_own(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """As a shell sees it: a number, a data file, an option and a database that make no sense."""
    study = make_study_folder(tmp_path)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nothing of the kind")
    (tmp_path / "diary.db").write_bytes(b"dear diary\n" * 100)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*")}
    done = study.run(*arguments, code=2)
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*")} == before
