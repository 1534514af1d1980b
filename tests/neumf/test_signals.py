"""Signals that end a process find it in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from neumf.signals import ending_in_order
from tests.search.study_folder import environment

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows sends neither SIGTERM nor SIGHUP"
)

WAITS = """
import sys, tempfile, time
import click
from neumf.cli import main
from neumf.terminal import make_console
from neumf.waiting import waiting

@click.command()
@click.argument("folder")
def command(folder):
    with tempfile.TemporaryDirectory(dir=folder), waiting(make_console(), "waiting"):
        print("ready", flush=True)
        time.sleep(300)

main(command, "waits")
"""


@pytest.mark.slow
@pytest.mark.usefixtures("signals_heard")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_asked_to_end_leaves_nothing(number: int, tmp_path: Path) -> None:
    """Neither a temporary folder nor a terminal without a cursor, and it dies of the signal."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment() | {"TERM": "xterm"},
        text=True,
    )
    os.close(theirs)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    try:
        assert process.wait(60) == -number
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    shown = os.read(ours, 1 << 16)
    os.close(ours)
    assert list(tmp_path.iterdir()) == []
    if number == signal.SIGTERM:  # after SIGHUP there is no terminal
        assert shown.endswith(b"\x1b[?25h\r\x1b[1A\x1b[2K")


def test_what_the_caller_ignores_stays_ignored() -> None:
    """As ``nohup`` does; and whoever has a way of their own keeps it."""

    def own(*_: object) -> None:
        """Do nothing."""

    before = [signal.signal(signal.SIGHUP, signal.SIG_IGN), signal.signal(signal.SIGTERM, own)]
    try:
        with ending_in_order():
            now = [signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGTERM)]
    finally:
        signal.signal(signal.SIGHUP, before[0])
        signal.signal(signal.SIGTERM, before[1])
    assert now == [signal.SIG_IGN, own]
