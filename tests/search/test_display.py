"""What a terminal shows of a search: its bytes, read by a terminal emulator."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyte
import pytest
from rich.console import Console

from neumf.declaration import Value
from search.display import watch
from search.status import SearchStatus
from tests.search.fakes import epoch, job
from tests.search.study_folder import environment, make_study_folder
from tests.studies.synthetic import BRANCHED, read

SEARCHED = ("predictive_factors", "mlp_layers", "dropout", "lr", "negative_ratio", "weight_decay")
SIZES = [(80, 24), (120, 30), (40, 24)]


def searched(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: values[name] for name in SEARCHED}


def screen_of(text: str, width: int, height: int) -> pyte.Screen:
    """A terminal that has been sent ``text``; a line break returns the carriage, as ttys do."""
    screen = pyte.Screen(width, height)
    pyte.Stream(screen).feed(text.replace("\r\n", "\n").replace("\n", "\r\n"))
    return screen


def show(width: int, height: int, workers: int = 2, **environ: str) -> tuple[pyte.Screen, str]:
    """The screen during a search of 12 trials, of which 3 are done; and what was sent to it."""
    file = io.StringIO()
    console = Console(
        file=file, force_terminal=True, width=width, height=height, _environ={**environ}
    )
    status = SearchStatus(searched, total=12, done=0, phase="[1/5] searching")
    with watch(status, console) as observer:
        for slot in range(workers):
            observer.started(slot, job(slot))
        for number in range(1, 8):
            observer.epoch(0, job(0), epoch(number, 0.4123))
        observer.ended(job(0, "notebook"), "complete", [epoch(7, 0.4123)])
        observer.ended(job(1), "pruned", [epoch(9, 0.3, best=0.35)])
        observer.started(0, job(17))
        observer.pretraining(0, job(17), 3, 32)
        observer.epoch(0, job(17), epoch(4, 0.3999))
        observer.idle(1)
        observer.tick(3, 12)
    text = file.getvalue()
    return screen_of(text, width, height), text


def panel_of(screen: pyte.Screen) -> list[str]:
    """The lines of the panel that is on the screen, without its border."""
    lines = [line.rstrip() for line in screen.display]
    top = max(n for n, line in enumerate(lines) if line.startswith("╭"))
    bottom = max(n for n, line in enumerate(lines) if line.startswith("╰"))
    assert top < bottom
    assert " [1/5] searching " in lines[top]
    inside = lines[top + 1 : bottom]
    assert all(line[0] == line[-1] == "│" for line in inside)
    assert {len(line) for line in lines[top : bottom + 1]} == {screen.columns}, "it overflows"
    return [line[1:-1].strip() for line in inside]


def test_a_trial_is_told_by_what_its_branch_searches() -> None:
    """And no trial by another branch's hyperparameters."""
    status = SearchStatus(read(BRANCHED).params, total=2, done=0)
    for optimizer, told in (
        ("sgd", "sgd.lr=0.001 sgd.l2=0"),
        ("adam", "adam.lr=0.001 adam.weight_"),
    ):
        one = job(0)
        configuration = replace(one.configuration, optimizer=optimizer, weight_decay=0.0)
        line = status.ended(replace(one, configuration=configuration), "failed", [])
        assert f"optimizer={optimizer} predictive_factors=" in line
        assert told in line
        assert line.count("lr=") == 1


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_panel_shows_progress_best_workers_and_time_left(width: int, height: int) -> None:
    """All of it, at any width: nothing is swallowed, nothing overflows."""
    screen, _ = show(width, height)
    panel = panel_of(screen)
    text = " ".join(panel)
    assert "3/12 trials" in text
    assert " left" in text
    assert "epochs/s" in text
    assert "best nDCG@10 0.4123 trial 0" in " ".join(text.split())
    for name in SEARCHED:
        assert f"{name}=" in text, "the best configuration is cut"
    assert any(line.startswith("━") for line in panel), "the bar"
    (busy,) = (line for line in panel if line.startswith("worker 0"))
    assert "trial  17  epoch  4/30  " in busy
    assert "best 0.3999  50 samples/s" in busy or width < 80
    (idle,) = (line for line in panel if line.startswith("worker 1"))
    assert "idle" in idle


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_more_workers_than_the_terminal_has_rows_are_counted(width: int, height: int) -> None:
    """Sixty-four workers: the panel's frame, the best and the first workers stay visible."""
    panel = panel_of(show(width, height, workers=64)[0])
    shown = sum(line.startswith("worker ") for line in panel)
    assert shown >= 2
    assert f"and {64 - shown} more workers" in panel
    assert any("best nDCG@10" in line for line in panel)


def test_a_trial_that_ends_is_one_line_above_the_panel() -> None:
    """A complete one by its best epoch, a pruned one by the last, for which it was pruned. Where
    it is too long, it breaks between words."""
    screen, _ = show(250, 30)
    lines = [line.rstrip() for line in screen.display]
    (complete,) = (line for line in lines if "complete" in line)
    assert complete.startswith("trial   0  complete  nDCG@10 0.4123 in epoch  7/7     2.0 s *")
    assert complete.endswith("(notebook)")
    (pruned,) = (line for line in lines if "pruned" in line)
    assert pruned.startswith("trial   1  pruned    nDCG@10 0.3000 after epoch 9")
    assert any(line.startswith("predictive_factors=8 ") for line in show(80, 24)[0].display)


def test_no_color_is_respected() -> None:
    """The panel moves, and has no colours."""
    screen, sent = show(80, 24, NO_COLOR="1")
    assert "best nDCG@10 0.4123" in " ".join(panel_of(screen))
    assert "\x1b[32m" not in sent
    assert {c.fg for row in screen.buffer.values() for c in row.values()} <= {"default"}
    assert "\x1b[1;32m" in show(80, 24, TERM="xterm-256color")[1]


@pytest.mark.parametrize("dumb", [True, False])
def test_elsewhere_there_are_plain_lines(dumb: bool) -> None:
    """Into a file, or on a terminal that cannot move its cursor."""
    file = io.StringIO()
    console = Console(
        file=file, force_terminal=dumb, _environ={"TERM": "dumb"} if dumb else {}, width=80
    )
    with watch(SearchStatus(searched, total=2, done=0), console) as observer:
        observer.started(0, job(0))
        observer.ended(job(0), "complete", [epoch(7, 0.4)])
        observer.tick(1, 2)
    assert "\x1b" not in file.getvalue()
    assert len(file.getvalue().splitlines()) == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_real_search_in_a_real_terminal(tmp_path: Path) -> None:
    """Whatever moment of it: as soon as a trial is complete, a panel shows the best value; then
    the phases after the search, each with its place among all."""
    import fcntl
    import struct
    import termios

    study = make_study_folder(tmp_path)
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    variables = {**environment(), "TERM": "xterm-256color"}
    del variables["COLUMNS"]
    process = subprocess.Popen(
        study.command("--workers", "2", "--confirm"),
        cwd=tmp_path,
        env=variables,
        stdin=slave,
        stdout=subprocess.DEVNULL,
        stderr=slave,
    )
    os.close(slave)
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    seen: list[str] = []
    try:
        while block := _read(master):
            stream.feed(block)
            seen.append("\n".join(screen.display))
    finally:
        os.close(master)
        code = process.wait(60)
    assert code == 0, seen[-1:]
    assert any("best nDCG@10 0." in text and "6/6 trials" in text for text in seen), seen[-1]
    assert any("worker 0" in text and "worker 1" in text for text in seen)
    assert any(" left" in text for text in seen)
    phases = ("searching", "confirming", "tuning simple models", "opening the test split")
    for place, phase in enumerate(phases, 1):
        assert any(f"[{place}/5] {phase}" in text for text in seen), phase
    assert all(len(line) <= 80 for line in seen[-1].splitlines())


def _read(terminal: int) -> bytes:
    """What was written to a terminal; nothing once no process has it open."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


def test_runs_beside_the_study_are_not_called_trials() -> None:
    """Their numbers are not those of stored trials."""
    file = io.StringIO()
    status = SearchStatus(searched, total=3, done=0, unit="run")
    with watch(status, Console(file=file, force_terminal=True, width=80, height=24)) as observer:
        observer.started(0, job(1))
        observer.epoch(0, job(1), epoch(1))
        observer.ended(job(0, "GMF alone, fresh seed 1"), "complete", [epoch()])
        observer.died(job(1), "worker died")
        observer.tick(1, 3)
    text = file.getvalue()
    for told in (
        "1/3 runs",
        "run   0  complete",
        "(GMF alone, fresh seed 1)",
        "run 1: worker died",
    ):
        assert told in " ".join(text.split("\n")), told
    assert "trial" not in text


def test_a_gmf_that_is_trained_first_is_told() -> None:
    """Its epochs are none of the trial's, which has not begun."""
    status = SearchStatus(searched, total=3, done=0)
    status.started(0, job(7))
    assert status.doing[0].startswith("trial   7  starting")
    status.pretraining(0, job(7), 3, 32)
    assert status.doing[0].startswith("trial   7  pretraining the GMF, epoch  3/32  predictive_f")
    status.epoch(0, job(7), epoch(1))
    assert status.doing[0].startswith("trial   7  epoch  1/30  best 0.5000")


@pytest.mark.parametrize(("epochs", "told"), [(1, "for 1 epoch "), (2, "for 2 epochs ")])
def test_one_epoch_is_no_epochs(epochs: int, told: str) -> None:
    """Where nothing validates."""
    status = SearchStatus(searched, total=3, done=0)
    blind = [replace(epoch(n), metrics={}) for n in range(1, epochs + 1)]
    assert f"trained {told}" in status.ended(job(7), "complete", blind)


@pytest.mark.parametrize(
    ("samples", "told"),
    [
        (3, "2 samples/s"),
        (1300, "650 samples/s"),
        (2469, "1.23k samples/s"),
        (9e6, "4.5M samples/s"),
    ],
)
def test_a_worker_tells_its_speed(samples: float, told: str) -> None:
    """In three digits."""
    status = SearchStatus(searched, total=3, done=0)
    status.epoch(0, job(7), replace(epoch(), samples=int(samples)))
    assert f"best 0.5000  {told}  predictive" in status.doing[0]
