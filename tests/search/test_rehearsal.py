"""A rehearsal of the whole job, as it is watched and told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from neumf.bench.shapes import Shape
from neumf.errors import UserError
from search.rehearsal import job
from search.rehearsal.__main__ import rehearsal
from search.rehearsal.page import section
from search.rehearsal.watching import Seen, Watched, watch
from tests.neumf.commands import Command, commanded

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")

TELLS = """
import pathlib, time
print("reading")
pathlib.Path("file").write_bytes(bytes(100_000))
held = bytearray(50_000_000)
time.sleep(1.2)
print("\\x1b[2K[1/2] search\\x1b[0ming\\r")
print("neumf-search  [1/2] searching")
print("[2/2] confirming: 3 runs")
raise SystemExit(3)
"""


def test_what_a_command_takes_is_told_phase_by_phase(tmp_path: Path) -> None:
    """Told apart by what it says, whatever the terminal is told between the letters; each once."""
    told: list[str] = []
    found = watch([sys.executable, "-c", TELLS], "reading", tmp_path, told.append)
    assert found.code == 3
    assert [seen.phase for seen in found.phases] == ["reading", "searching", "confirming"]
    assert told == ["searching", "confirming"]
    reading = found.phases[0]
    assert reading.seconds >= reading.silence >= 1
    assert reading.disk == 100_000
    assert reading.memory >= reading.coordinator >= 50_000_000


def test_a_command_that_fails_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told with its own last line."""
    monkeypatch.setattr(job, "write_plays", lambda _shape, path: path.write_text("song\n1\n"))
    shape = Shape("plays", 100, 200, 1000)
    with pytest.raises(UserError, match=r"search\.init plays\.csv ended with 2: error: plays"):
        job.rehearse(tmp_path, shape, 1, 1, 2, None, lambda _: None)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return commanded(rehearsal, "search.rehearsal", monkeypatch, capsys)


def test_a_size_that_cannot_be_made_up_is_a_mistake(tmp_path: Path, command: Command) -> None:
    """Before anything is written."""
    page = tmp_path / "page.md"
    options = ("--users", "100", "--items", "200", "--interactions", "20000")
    refused = command(*options, "--output", str(page))
    assert refused.code == 2
    (error,) = refused.err
    assert "20,000 interactions of 100 users with 200 items cannot be made up" in error
    assert not page.exists()


def test_a_section_tells_every_phase() -> None:
    """Numbered by its command."""
    seen = Seen("searching", 61, 0.5, 1_000_000, 2_000_000, 3_000_000, 4_000_000)
    watched = {"python -m a": Watched([seen]), "python -m b": Watched([Seen("confirming", 9)])}
    told = section(Shape("plays", 1000, 2000, 30_000), "python -m c", 5_000_000, watched)
    assert "2. `python -m b`" in told
    assert "| 1 | searching | 1 min 1 s | 0.5 s | 1 MB | 2 MB | 3 MB | 4 MB |" in told
    assert "| 2 | confirming |" in told
    assert "took 1 min 10 s" in told


@pytest.mark.slow
def test_the_whole_job_is_rehearsed(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left but a section of the page; nothing takes long without a word."""
    monkeypatch.chdir(tmp_path)
    size = ("--users", "300", "--items", "200", "--interactions", "6000")
    budget = ("--trials", "2", "--epochs", "1", "--output", "page.md")
    done = command(*size, *budget)
    assert done.code == 0, done.err
    assert [path.name for path in tmp_path.iterdir()] == ["page.md"]
    page = Path("page.md").read_text()
    for phase in ("making a study", "searching", "confirming", "opening the test split"):
        assert f"| {phase} |" in page
