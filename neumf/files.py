"""Files that are read only if they end, and files and folders that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path


def require_regular(path: Path) -> None:
    """To be asked before what is there is opened, or replaced: a pipe keeps its reader waiting, a
    device may never end.

    Raises:
        OSError: there is something else than a file or a folder, or one cannot look.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "Not a regular file", str(path))


def read_small(path: Path, most: int = 1 << 24) -> bytes:
    """A file that is read as a whole, since it has no reason to be larger than ``most`` bytes.

    Raises:
        OSError: it cannot be read, is larger, or is a pipe or a device.
    """
    require_regular(path)
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"Larger than {most:,} bytes", str(path))
    return content


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside ``path`` that takes its place if the block ends well, else vanishes.

    It may be read by whom the umask allows, unlike what the ``tempfile`` module makes.

    Raises:
        OSError: the directory cannot be made or written, or a pipe or a device is there.
    """
    require_regular(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    part.touch(exist_ok=False)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """A new folder beside ``path`` that takes its place, and the place of a folder that is there,
    if the block ends well, else vanishes.

    No system renames onto a folder with files in it, so the old one steps aside first: whoever is
    killed between the two renames finds it beside ``path``.

    Raises:
        OSError: the directory cannot be made or written. What was there stays.
    """
    path = path.resolve()  # a link to a folder stays a link
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _beside(path)
    part.mkdir()
    try:
        yield part
        for each in (*part.iterdir(), part):
            sync(each)
        _take_place(part, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _take_place(part: Path, path: Path) -> None:
    if not path.exists():
        part.replace(path)
        sync(path.parent)
        return
    old = _beside(path)
    try:
        path.replace(old)
        part.replace(path)
    except BaseException:
        if old.exists() and not path.exists():
            old.replace(path)
        raise
    sync(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}")


def sync(path: Path) -> None:
    """Let what was written survive a power cut. Not every system can do that with a folder."""
    with suppress(OSError) if path.is_dir() else nullcontext():
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
