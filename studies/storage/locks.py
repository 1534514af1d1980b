"""What only one process does at a time: creating a database, and running a study.

Locks are files beside the database's real place, so that two ways to one file meet. The system lets
go of a lock when its process dies; the files stay, since removing them would split who waits.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from neumf.errors import UserError
from studies.storage.url import database_path

READABLE = 40
"""Letters of a database's name in a lock's, which file systems limit to 255 bytes in all."""


def creation_lock(path: Path) -> FileLock:
    """Held while the database at ``path`` is created: of processes that do so at once, all but one
    would fail on a schema that is half there."""
    return _lock(path, "create")


@contextmanager
def ownership(url: str, study: str) -> Iterator[None]:
    """Hold a study of the storage at ``url`` for one coordinator.

    Raises:
        UserError: another process holds it, no lock can be placed there, or the database has two
            names, each of which would have a lock of its own, and a write-ahead log too.
    """
    path = database_path(url)
    lock = _lock(path, f"study {study}")
    try:
        if path.exists() and path.stat().st_nlink > 1:
            raise UserError(
                f"storage {url!r}: the file has another hard link, and use through both would"
                " corrupt it; remove one, or make it a symbolic link"
            )
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(
            f"study {study!r} in {url} is being run by another process; wait for it, or end it"
        ) from None
    except OSError as error:
        raise UserError(f"storage {url!r}: {error.strerror}; name another place") from None
    try:
        yield
    finally:
        lock.release()


def _lock(path: Path, purpose: str) -> FileLock:
    real = Path(os.path.realpath(path))  # links that go in a circle are the system's to refuse
    digest = sha256(f"{real.name}\0{purpose}".encode(errors="surrogateescape")).hexdigest()[:16]
    return FileLock(real.with_name(f".{real.name[:READABLE]}.{digest}.lock"))
