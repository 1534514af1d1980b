"""A command, watched as it runs in a terminal: what it takes in each of its phases."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from select import select
from time import monotonic
from typing import get_args

import psutil

from search.phases import Phase

CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
PLACE = r"\[\d/\d\] "
BEGINNING = re.compile(rf"(?:neumf-search  |{PLACE})(?:{PLACE})?({'|'.join(get_args(Phase))})")
"""What the panel's title and a phase's first line have in common."""

GLANCE_SECONDS = 0.5
"""Between two looks at memory and disk."""

KEPT = 1 << 16
"""Bytes of what is said that are kept: the last words tell what went wrong."""

OVERLAP = 500
"""Bytes that are read again with the next ones: a phase's name may come in two parts."""


@dataclass
class Seen:
    """A phase, or several: the most of everything at any glance."""

    phase: str
    seconds: float = 0.0
    silence: float = 0.0  # the longest time, in seconds, for which nothing was written
    glances: int = 0
    coordinator: int = 0  # bytes of memory, those of pages that it shares divided among sharers
    workers: int = 0  # the same, of all its children together
    memory: int = 0  # of coordinator and workers at one moment
    disk: int = 0  # bytes of the files in its folder

    def take(self, coordinator: int, workers: int, disk: int) -> None:
        self.glances += 1
        self.coordinator = max(self.coordinator, coordinator)
        self.workers = max(self.workers, workers)
        self.memory = max(self.memory, coordinator + workers)
        self.disk = max(self.disk, disk)


@dataclass
class Watched:
    """A command that has ended."""

    phases: list[Seen]
    code: int = 0
    output: str = ""  # the end of it, as far as it can be read


def watch(command: Sequence[str], first: str, folder: Path, told: Callable[[str], None]) -> Watched:
    """Run ``command`` in ``folder``, where its temporary files go too. What it does before it names
    a phase is called ``first``; ``told`` of every other one."""
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
        return _until_it_ends(process, ours, folder, first, told)
    finally:
        os.close(ours)
        if process.poll() is None:
            process.terminate()
            process.wait()


def _until_it_ends(
    process: psutil.Popen, terminal: int, folder: Path, first: str, told: Callable[[str], None]
) -> Watched:
    began = shown = looked = monotonic()
    seen = Seen(first)
    phases, said = [seen], b""
    for chunk in _chunks(process, terminal):
        now = monotonic()
        seen.silence = max(seen.silence, now - shown)
        seen.seconds = now - began
        if chunk:
            shown, said = now, (said + chunk)[-KEPT:]
            for phase in BEGINNING.findall(_readable(said[-len(chunk) - OVERLAP :])):
                if phase not in {one.phase for one in phases}:
                    began, seen = now, Seen(phase)
                    phases.append(seen)
                    told(phase)
        if now - looked >= GLANCE_SECONDS:
            seen.take(*_memory(process), _disk(folder))
            looked = monotonic()
    return Watched(phases, process.wait(), _readable(said))


def _chunks(process: psutil.Popen, terminal: int) -> Iterator[bytes]:
    """What is written, as it is, and nothing now and then; until the process has ended, though it
    may have left others that hold the terminal."""
    while True:
        is_there, _, _ = select([terminal], [], [], GLANCE_SECONDS / 2)
        if is_there:
            try:
                chunk = os.read(terminal, 1 << 14)
            except OSError:  # Linux: everybody has closed it
                return
            if not chunk:
                return
            yield chunk
        elif process.poll() is None:
            yield b""
        else:
            return


def _readable(said: bytes) -> str:
    return CONTROL.sub(b"", said).decode(errors="replace")


def _memory(coordinator: psutil.Process) -> tuple[int, int]:
    children: Sequence[psutil.Process] = ()
    with suppress(psutil.Error):
        children = coordinator.children(recursive=True)
    return _share(coordinator), sum(map(_share, children))


def _share(process: psutil.Process) -> int:
    """Its bytes, of those that it shares its part; where the system tells no parts, all its own; or
    all that it can reach."""
    try:
        try:
            info = process.memory_full_info()
            return int(getattr(info, "pss", info.uss))
        except psutil.AccessDenied:  # macOS
            return int(process.memory_info().rss)
    except psutil.Error:  # it has just ended
        return 0


def _disk(folder: Path) -> int:
    """Bytes of files, which come and go meanwhile."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(Path(where, name)).st_size
    return total
