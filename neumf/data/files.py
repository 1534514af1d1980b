"""The cache directory, and files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

CACHE_VARIABLE = "NEUMF_SEARCH_CACHE"


def cache_dir() -> Path:
    """``$NEUMF_SEARCH_CACHE``, else the system's place for caches. Not created here."""
    return Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("neumf-search"))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside ``path`` that takes its place if the block ends well, else vanishes.

    Raises:
        OSError: the directory cannot be made or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
