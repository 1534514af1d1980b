"""The folder that a node's workers share: filled once, removed when the last of them has gone.

Each worker holds a shared lock on the folder. The system lets go of it when the process dies, so a
folder that nobody holds is one that killed workers left behind: the next worker on the node removes
it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
from filelock import FileLock

PREFIX = "neumf-cluster-"
HELD = "held.lock"
WHOLE = "whole"

Files = Mapping[str, npt.NDArray[np.uint8]]
"""Contents by name."""


def contents(folder: Path) -> dict[str, npt.NDArray[np.uint8]]:
    """The arrays that a problem and its lists are saved as."""
    return {path.name: np.fromfile(path, np.uint8) for path in sorted(folder.glob("*.npy"))}


class NodeFolder:
    """One problem's folder on this node, held until :meth:`leave` or the process's end."""

    def __init__(self, key: str) -> None:
        self.path = Path(tempfile.gettempdir()) / f"{PREFIX}{key}"
        _remove_abandoned(self.path)
        self._lock = self._hold()

    def fill(self, files: Files) -> None:
        """Write ``files`` unless another worker has."""
        with FileLock(self.path / "fill.lock"):
            if (self.path / WHOLE).exists():
                return
            for name, content in files.items():
                content.tofile(self.path / name)
            (self.path / WHOLE).touch()

    def leave(self) -> None:
        """Let go; the last one removes the folder. What is mapped stays readable."""
        os.close(self._lock)
        _remove_if_free(self.path)

    def _hold(self) -> int:
        while True:
            self.path.mkdir(mode=0o700, exist_ok=True)
            try:
                lock = os.open(self.path / HELD, os.O_RDWR | os.O_CREAT, 0o600)
            except FileNotFoundError:  # removed just now
                continue
            fcntl.flock(lock, fcntl.LOCK_SH)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(lock), (self.path / HELD).stat()):
                    return lock
            os.close(lock)


def _remove_abandoned(mine: Path) -> None:
    for folder in mine.parent.glob(f"{PREFIX}*"):
        if folder != mine:
            _remove_if_free(folder)


def _remove_if_free(folder: Path) -> None:
    try:
        lock = os.open(folder / HELD, os.O_RDWR)
    except OSError:  # another user's, or being made or removed
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        _remove(folder)
    finally:
        os.close(lock)


def _remove(folder: Path) -> None:
    """The lock goes last: of a removal that is cut short, the next worker finds it."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != HELD:
                path.unlink()
        shutil.rmtree(folder)
