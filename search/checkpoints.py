"""Where a study's checkpoints are, and that none stays behind when the study has ended."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from neumf.training.checkpoints import sweep
from search.options import Options
from studies.storage import database
from studies.storage.names import file_name
from studies.storage.url import database_path, is_postgres, masked


def checkpoints_folder(options: Options, study: str) -> Path | None:
    """Where the checkpoints of ``study`` are kept: beside its database, or where a person says.
    None: on each machine of a cluster, which may have no folder in common.

    No study of another database has the folder too, though it may have the name.
    """
    if options.checkpoints is None and options.ray is not None:
        return None
    place = options.checkpoints or database.checkpoints_folder(options.storage)
    name = file_name(study)
    if options.checkpoints is not None or is_postgres(options.storage):  # others may share it
        name = f"{name}-{_digest(options.storage)}"
    return place.resolve() / name


def tidy(options: Options, study: str, *, is_through: bool) -> None:
    """A session on ``study`` has ended. If that ``is_through``, nothing is left to go on with;
    otherwise no more goes than folders that are empty."""
    folder = checkpoints_folder(options, study)
    if folder is None:
        return
    if is_through:
        sweep(folder)
    with suppress(OSError):  # there are checkpoints in it, or other studies'
        if folder.exists():
            folder.rmdir()
        if options.checkpoints is None:
            folder.parent.rmdir()


def _digest(storage: str) -> str:
    """Of the database, however its path is spelt and whatever its password is by now."""
    what = masked(storage) if is_postgres(storage) else str(database_path(storage).resolve())
    return hashlib.blake2b(what.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
