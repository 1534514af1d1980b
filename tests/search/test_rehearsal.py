"""A rehearsal of the whole job, as it is watched and told."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path

import psutil
import pytest

from neumf.bench.shapes import Shape
from neumf.errors import UserError
from reports.document import with_section
from search.rehearsal import job, watching
from search.rehearsal.__main__ import rehearsal
from search.rehearsal.page import name_of, section
from search.rehearsal.plays import write_plays
from search.rehearsal.watching import Seen, Watched, watch
from tests.neumf.commands import Command, commanded

in_a_terminal = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no pseudo-terminals, and the command says so"
)

TELLS = """
import pathlib, sys, time
print("reading")
pathlib.Path("file").write_bytes(bytes(100_000))
held = bytearray(50_000_000)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.01)
print("\\x1b[2K[1/2] search\\x1b[0ming\\r")
print("neumf-search  [1/2] searching")
print("[2/2] confirming: 3 runs")
raise SystemExit(3)
"""

LEAVES = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"]).pid)
"""


@in_a_terminal
def test_what_a_command_takes_is_told_phase_by_phase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told apart by what it says, whatever the terminal is told between the letters; each once."""
    folder, is_seen, told = tmp_path / "folder", tmp_path / "seen", list[str]()
    folder.mkdir()
    measured = watching._disk

    def look(where: Path) -> int:
        bytes_there = measured(where)
        if bytes_there:
            is_seen.touch()
        return bytes_there

    monkeypatch.setattr(watching, "_disk", look)
    found = watch([sys.executable, "-c", TELLS, str(is_seen)], "reading", folder, told.append)
    assert found.code == 3
    assert [seen.phase for seen in found.phases] == ["reading", "searching", "confirming"]
    assert told == ["searching", "confirming"]
    reading = found.phases[0]
    assert reading.seconds >= reading.silence > 0
    assert reading.glances > 0
    assert reading.disk == 100_000
    assert reading.memory >= reading.coordinator >= 50_000_000


@in_a_terminal
def test_a_phase_is_heard_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut within its name, or within what the terminal is told; an old one is not new again."""
    pieces = [b"neumf-se", b"arch  \x1b[2", b"Ksear", b"ching", b"\xe2\x80", b" [2/3] confirming"]
    monkeypatch.setattr(watching, "_chunks", lambda *_: iter([*pieces, b"", b" searching"]))
    told: list[str] = []
    found = watch([sys.executable, "-c", ""], "reading", tmp_path, told.append)
    assert told == ["searching", "confirming"]
    assert found.output.endswith("confirming searching")


@in_a_terminal
def test_whoever_is_left_with_the_terminal_is_not_waited_for(tmp_path: Path) -> None:
    """The command has ended."""
    found = watch([sys.executable, "-c", LEAVES], "reading", tmp_path, lambda _: None)
    left = psutil.Process(int(found.output))
    assert left.is_running()
    left.kill()


def test_a_folder_that_has_gone_holds_nothing(tmp_path: Path) -> None:
    """Sessions make and remove them all the time."""
    assert watching._disk(tmp_path / "gone") == 0


def test_pages_that_processes_share_count_once(tmp_path: Path) -> None:
    """Forty megabytes that a process maps three times as others do."""
    file = tmp_path / "shared"
    file.write_bytes(bytes(40_000_000))
    with file.open("r+b") as opened:
        maps = [mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) for _ in range(3)]
        before = watching._share(psutil.Process())
        assert sum(sum(each[::4096]) for each in maps) == 0  # touched
        after = watching._share(psutil.Process())
        for each in maps:
            each.close()
    assert after - before < 60_000_000


@in_a_terminal
def test_a_command_that_fails_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told with its own last line."""
    monkeypatch.setattr(job, "write_plays", lambda _shape, path: path.write_text("song\n1\n"))
    shape = Shape("plays", 100, 200, 1000)
    with pytest.raises(UserError, match=r"search\.init plays\.csv ended with 2: error: plays"):
        job.rehearse(tmp_path, shape, 1, 1, 2, None, lambda _: None)


def test_data_that_cannot_be_written_are_a_mistake(tmp_path: Path) -> None:
    """Told with the place, and with another."""
    path = tmp_path / "gone" / "plays.csv"
    with pytest.raises(UserError, match="plays.csv: cannot be written .*; set TMPDIR to a folder"):
        write_plays(Shape("plays", 300, 200, 6000), path)


def test_how_a_command_ended_is_told() -> None:
    assert job._end_of(Watched([], -9, "╰──╯")) == "was killed by signal 9"
    assert job._end_of(Watched([], 1, "a\r\nb")) == "ended with 1: it does not say why"
    said = "error: a\r\nerror: no room\r\n╰──╯"
    assert job._end_of(Watched([], 2, said)) == "ended with 2: error: no room"


@in_a_terminal
@pytest.mark.parametrize("page", ["gone/page.md", "bytes.md"])
def test_a_page_that_cannot_be_written_is_a_mistake(
    page: str, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told before hours of work."""
    (tmp_path / "bytes.md").write_bytes(b"\xff\xfe")
    monkeypatch.setattr(job, "write_plays", lambda *_: pytest.fail("begins"))
    refused = command("--output", str(tmp_path / page))
    assert (refused.code, refused.out, len(refused.err)) == (2, [], 1)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return commanded(rehearsal, "search.rehearsal", monkeypatch, capsys)


@in_a_terminal
def test_a_size_that_cannot_be_made_up_is_a_mistake(tmp_path: Path, command: Command) -> None:
    """Before anything is written."""
    page = tmp_path / "page.md"
    options = ("--users", "100", "--items", "200", "--interactions", "2000000")
    refused = command(*options, "--output", str(page))
    assert refused.code == 2
    (error,) = refused.err
    assert "2,000,000 interactions of 100 users with 200 items cannot be made up" in error
    assert not page.exists()


def test_a_section_tells_every_phase() -> None:
    """Numbered by its command."""
    seen = Seen("searching", 61, 0.5, 7, 1_000_000, 2_000_000, 3_000_000, 4_000_000)
    watched = {"python -m a": Watched([seen]), "python -m b": Watched([Seen("confirming", 9)])}
    told = section(Shape("plays", 1000, 2000, 30_000), "python -m c", 5_000_000, watched)
    assert "2. `python -m b`" in told
    assert "| 1 | searching | 1 min 1 s | 0.5 s | 1 MB | 2 MB | 3 MB | 4 MB |" in told
    assert "| 2 | confirming | 9.0 s | 0.0 s | – | – | – | – |" in told
    assert "took 1 min 10 s" in told


def test_a_page_has_a_section_for_each_size() -> None:
    """Written anew where the size is the same."""
    shapes = [Shape("plays", 1000, 2000, n) for n in (30_000, 40_000, 30_000)]
    page = "# Scaling\n"
    for n, shape in enumerate(shapes):
        page = with_section(page, name_of(shape), section(shape, f"python -m {n}", 1, {}))
    assert "## What a study of 30,000 interactions, 1,000 users and 2,000 items takes" in page
    assert [f"python -m {n}`" in page for n in range(3)] == [False, True, True]


@pytest.mark.slow
@in_a_terminal
def test_the_whole_job_is_rehearsed(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left but a section of the page, which has every phase."""
    monkeypatch.chdir(tmp_path)
    size = ("--users", "300", "--items", "200", "--interactions", "6000")
    budget = ("--trials", "2", "--epochs", "1", "--output", "page.md")
    done = command(*size, *budget)
    assert done.code == 0, done.err
    assert [path.name for path in tmp_path.iterdir()] == ["page.md"]
    page = Path("page.md").read_text()
    phases = ("making a study", "reading the data", "searching", "confirming")
    for phase in (*phases, "tuning simple models", "opening the test split", "saving the model"):
        assert f"| {phase} |" in page
