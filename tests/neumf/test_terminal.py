"""Which terminals a panel is drawn on."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(
    ("variables", "is_terminal"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux,1,0"}, True),
        ({"TERM": "screen"}, True),
        ({"TERM": "xterm-256color", "PAGER": "cat", "GIT_PAGER": "cat"}, True),
        ({"TERM": "xterm-color", "PAGER": "cat", "GIT_PAGER": "cat", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_a_panel_is_drawn_only_where_the_cursor_moves(
    variables: dict[str, str], is_terminal: bool
) -> None:
    """In tmux, but not in a notebook's cell, whose programs have a pseudo-terminal too."""
    master, slave = os.openpty()
    assert moves(variables, slave) == is_terminal
    os.close(slave)
    os.close(master)


def test_a_pipe_is_no_terminal_in_any_colour() -> None:
    """Build servers set FORCE_COLOR."""
    assert not moves({"FORCE_COLOR": "1", "TERM": "xterm-256color"}, subprocess.PIPE)


def moves(variables: dict[str, str], errors: int) -> bool:
    """Whether a process with standard error there takes it for a terminal that moves."""
    code = (
        "from neumf.terminal import make_console; c = make_console();"
        " print(c.is_terminal and not c.is_dumb_terminal)"
    )
    kept = {n: v for n, v in os.environ.items() if n not in ("FORCE_COLOR", "TTY_COMPATIBLE")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "PAGER": "less", **variables},
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        check=True,
    )
    return done.stdout.strip() == "True"
