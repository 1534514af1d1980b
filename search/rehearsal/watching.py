"""A command, watched as it runs in a terminal: what it takes in each of its phases."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from select import select
from time import monotonic
from typing import get_args

import psutil

from neumf.errors import UserError
from search.phases import Phase

CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
PLACE = r"\[\d/\d\] "
BEGINNING = re.compile(rf"(?:neumf-search  |{PLACE})(?:{PLACE})?({'|'.join(get_args(Phase))})")
"""What the panel's title and a phase's first line have in common."""

GLANCE_SECONDS = 0.5


@dataclass
class Seen:
    """A phase, or several: the most of everything."""

    phase: str
    seconds: float = 0.0
    silence: float = 0.0  # the longest time, in seconds, for which nothing new was shown
    coordinator: int = 0  # bytes of memory, those of pages that it shares divided among sharers
    workers: int = 0  # the same, of all its children together
    memory: int = 0  # of coordinator and workers at one moment
    disk: int = 0  # bytes of the files in its folder

    def take(self, coordinator: int, workers: int, disk: int) -> None:
        self.coordinator = max(self.coordinator, coordinator)
        self.workers = max(self.workers, workers)
        self.memory = max(self.memory, coordinator + workers)
        self.disk = max(self.disk, disk)


@dataclass
class Watched:
    """A command that has ended."""

    phases: list[Seen]
    code: int = 0
    output: str = ""  # as far as it can be read


def watch(command: Sequence[str], first: str, folder: Path, told: Callable[[str], None]) -> Watched:
    """Run ``command`` in ``folder``, where its temporary files go too. What it does before it names
    a phase is called ``first``; ``told`` of every other one.

    Raises:
        UserError: the system has no pseudo-terminals.
    """
    if not hasattr(os, "openpty"):
        raise UserError("a rehearsal needs a pseudo-terminal, which this system does not have")
    ours, theirs = os.openpty()
    process = psutil.Popen(
        command,
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder), "TERM": "xterm-256color", "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        return _until_it_ends(process, ours, folder, Watched([Seen(first)]), told)
    finally:
        os.close(ours)
        if process.poll() is None:
            process.terminate()
            process.wait()


def _until_it_ends(
    process: psutil.Popen, terminal: int, folder: Path, found: Watched, told: Callable[[str], None]
) -> Watched:
    began = shown = looked = monotonic()
    (seen,) = found.phases
    rest = ""
    while True:
        is_there, _, _ = select([terminal], [], [], GLANCE_SECONDS)
        now = monotonic()
        seen.silence = max(seen.silence, now - shown)
        seen.seconds = now - began
        if is_there:
            shown = now
            try:
                chunk = os.read(terminal, 1 << 16)
            except OSError:  # Linux: everybody has closed it
                chunk = b""
            if not chunk:
                break
            text = CONTROL.sub(b"", chunk).decode(errors="replace")
            found.output += text
            for phase in BEGINNING.findall(rest + text):
                if phase not in {one.phase for one in found.phases}:
                    began, seen = now, Seen(phase)
                    found.phases.append(seen)
                    told(phase)
            rest = text[-100:]
        if now - looked >= GLANCE_SECONDS:
            seen.take(*_memory(process), _disk(folder))
            looked = monotonic()
    found.code = process.wait()
    return found


def _memory(coordinator: psutil.Process) -> tuple[int, int]:
    children: Iterable[psutil.Process] = ()
    with suppress(psutil.Error):
        children = coordinator.children(recursive=True)
    return _share(coordinator), sum(map(_share, children))


def _share(process: psutil.Process) -> int:
    """Its bytes, and its part of those that it shares; all its own where Linux does not tell."""
    with suppress(psutil.Error):
        info = process.memory_full_info()
        return int(getattr(info, "pss", info.uss))
    return 0


def _disk(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # it has just gone
            total += path.stat().st_size if path.is_file() else 0
    return total
