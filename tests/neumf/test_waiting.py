"""What a person sees while something takes its time."""

from __future__ import annotations

import sys
from io import StringIO
from threading import Event, Timer
from threading import enumerate as enumerate_threads

import pytest
from rich.console import Console

from neumf import waiting as module
from neumf.saying import say
from neumf.waiting import moves, waiting


class Written(StringIO):
    """Tells when something is."""

    def __init__(self) -> None:
        super().__init__()
        self.is_written = Event()

    def write(self, text: str) -> int:
        self.is_written.set()
        return super().write(text)


def assert_all_said(log: Written) -> None:
    """Nothing is, and nothing will be."""
    for thread in enumerate_threads():
        if isinstance(thread, Timer):
            thread.join(module.PATIENCE_SECONDS / 2)
            assert not thread.is_alive()
    assert log.getvalue() == ""


def test_a_log_is_told_of_what_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, as it is: brackets are no markup, and nothing can be said to the terminal."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    log = Written()
    with waiting(Console(file=log), "reading [red]\x1b[2J.csv"):
        assert log.is_written.wait(60)
    assert log.getvalue() == "reading [red]\\x1b[2J.csv\n"


def test_a_log_is_not_told_of_what_is_quick() -> None:
    """Nor afterwards: the timer is gone."""
    log = Written()
    with waiting(Console(file=log), "reading"):
        pass
    assert_all_said(log)


def test_a_log_is_not_told_of_what_has_failed() -> None:
    log = Written()
    with pytest.raises(ValueError, match="unreadable"), waiting(Console(file=log), "reading"):
        raise ValueError("unreadable")
    assert_all_said(log)


def test_a_terminal_is_told_at_once_and_cleared() -> None:
    """With the time that has passed, and other lines may be said meanwhile."""
    terminal = StringIO()
    console = Console(file=terminal, force_terminal=True, width=60)
    assert moves(console)
    with waiting(console, "reading [red]plays.csv"):
        console.print("a line")
    shown = terminal.getvalue()
    assert "reading [red]plays.csv" in shown
    assert "0:00:0" in shown
    assert "a line" in shown
    assert shown.endswith("\x1b[2K")


@pytest.mark.parametrize("stderr", [False, True])
def test_what_is_printed_to_the_other_stream_stays_there(
    stderr: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a file while this one is a terminal."""
    streams = {"stdout": StringIO(), "stderr": StringIO()}
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    with waiting(Console(stderr=stderr, force_terminal=True), "reading \x1b[2J"):
        print("a result", file=sys.stdout if stderr else sys.stderr)
    mine, other = (
        streams["stderr" if stderr else "stdout"],
        streams["stdout" if stderr else "stderr"],
    )
    assert other.getvalue() == "a result\n"
    assert "reading \\x1b[2J" in mine.getvalue()


def test_lines_are_said_as_they_are() -> None:
    """No markup, and no names of emoji."""
    said = StringIO()
    say(Console(file=said), "user [red] a:100:b")
    assert said.getvalue() == "user [red] a:100:b\n"


def test_a_terminal_that_cannot_move_is_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    dumb = StringIO()
    console = Console(file=dumb, force_terminal=True)
    assert not moves(console)
    with waiting(console, "reading"):
        pass
    assert dumb.getvalue() == ""
