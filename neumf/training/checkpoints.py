"""Checkpoints of a long run: one file, in the place of the one before, gone when the run ends.

A file is safetensors: a state's arrays, and as metadata its facts, what made it, and a checksum of
all that. Whatever is wrong with it, and whatever is wrong with its disk, costs time and no result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from neumf.files import replacing, sync
from neumf.training.state import Array, State

SHARE = 50
"""A checkpoint that takes a second to write is followed by at least so many without one: on the
slowest of disks they take 2% of the time."""

SUFFIX = ".neumf-checkpoint"
"""Nobody else's: what has it may be removed."""

FACTS, CHECKSUM = "neumf", "checksum"


class Checkpoints:
    """Those of one run, of which it keeps the latest. Without a ``folder`` it keeps none.

    Args:
        folder: made when the first one is written.
        seconds: the least time before the first, and between two.
        made_by: what must be the same for a run to go on with the same result: name to value.
        say: told what a person should know.
    """

    def __init__(
        self,
        folder: Path | None = None,
        seconds: float = 0.0,
        made_by: Callable[[], Mapping[str, str]] = dict,
        say: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._folder = folder
        self._seconds = self._pause = seconds
        self._made_by = made_by
        self.say = say
        self._since = monotonic()
        self._held: set[Path] = set()  # answered for
        self._is_failing = False

    @property
    def is_due(self) -> bool:
        """Whether it is time for one."""
        return self._folder is not None and monotonic() - self._since >= self._pause

    def save(self, key: str, state: State) -> None:
        """Keep ``state`` under ``key``, and nothing else any more. If that fails, as on a full
        disk, the one before stays, and the run goes on."""
        began, path = monotonic(), self._path(key)
        assert path is not None
        try:
            with replacing(path) as part:
                _write(part, state, self._made_by())
        except (OSError, SafetensorError) as error:
            if not self._is_failing:
                reason = getattr(error, "strerror", None) or error
                self.say(f"no checkpoint can be kept in {path.parent} ({reason}): goes on without")
            self._is_failing = True
        else:
            self._is_failing = False
            self._held.discard(path)
            self.clear()
            self._held.add(path)
        self._since = monotonic()
        self._pause = max(self._seconds, SHARE * (self._since - began))

    def take(self, key: str) -> State | None:
        """What is kept under ``key``, if it can be used. The run answers for the file now; what a
        process that was killed while it wrote has left is removed."""
        path = self._path(key)
        if path is not None:
            self._held.add(path)
            with suppress(OSError):
                _remove(path.parent, f"{path.name}.*")
        return self.look(key)

    def look(self, key: str) -> State | None:
        """The same of what may be another run's."""
        path = self._path(key)
        if path is None:
            return None
        try:
            return _read(path, self._made_by)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            self.say(f"a checkpoint is not used ({error}): starts anew")
            return None

    def clear(self) -> None:
        """Remove what is kept: the run has ended, or has a newer one."""
        for path in self._held:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        self._held.clear()

    def _path(self, key: str) -> Path | None:
        if self._folder is None:
            return None
        digest = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        return self._folder / f"{digest}{SUFFIX}"


def sweep(folder: Path) -> None:
    """Remove the checkpoints in ``folder``, and the folder if nothing else is in it."""
    with suppress(OSError):
        _remove(folder, f"*{SUFFIX}*")
        folder.rmdir()


def _remove(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        path.unlink(missing_ok=True)


def _write(path: Path, state: State, made_by: Mapping[str, str]) -> None:
    arrays = {name: np.asarray(array, order="C") for name, array in state.arrays.items()}
    facts = json.dumps({"facts": state.facts, "made_by": made_by})
    save_file(arrays, path, {FACTS: facts, CHECKSUM: _checksum(arrays, facts)})
    sync(path)


def _read(path: Path, made_by: Callable[[], Mapping[str, str]]) -> State:
    """Raises ValueError and others: it is damaged, or something else made it."""
    with safe_open(path, framework="np") as file:
        metadata: dict[str, str] = file.metadata() or {}
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    if metadata.get(CHECKSUM) != _checksum(arrays, metadata.get(FACTS, "")):
        raise ValueError("it is damaged")
    kept, here = json.loads(metadata[FACTS]), made_by()
    for name in sorted(here.keys() | kept["made_by"].keys()):
        was, now = kept["made_by"].get(name), here.get(name)
        if was != now:
            raise ValueError(f"it was made with {name} {was}, here {now}")
    return State(arrays, kept["facts"])


def _checksum(arrays: Mapping[str, Array], facts: str) -> str:
    digest = hashlib.sha256(facts.encode())
    for name in sorted(arrays):
        digest.update(f"\0{name} {arrays[name].dtype} {arrays[name].shape}\0".encode())
        digest.update(arrays[name].data)
    return digest.hexdigest()
