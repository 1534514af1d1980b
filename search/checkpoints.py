"""Where a study's checkpoints are, and that none stays behind when the study has ended."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from neumf.training.checkpoints import sweep
from search.options import Options
from studies.storage import database
from studies.storage.names import file_name


def checkpoints_folder(options: Options, study: str) -> Path | None:
    """Where the checkpoints of ``study`` are kept: beside its database, or where a person says.
    None: on each machine of a cluster, which may have no folder in common."""
    if options.checkpoints is None and options.ray is not None:
        return None
    place = options.checkpoints or database.checkpoints_folder(options.storage)
    return place.resolve() / file_name(study)


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
