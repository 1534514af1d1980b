"""``load``: from a :class:`DataSource` to :class:`Interactions`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from neumf.data import cache as parsed
from neumf.data.download import DownloadProgress
from neumf.data.interactions import Interactions
from neumf.data.movielens import CATALOGUE, fetch
from neumf.data.source import DataSource
from neumf.errors import UserError, did_you_mean
from neumf.files import require_regular


def load(
    source: DataSource, *, cache: bool = True, progress: DownloadProgress | None = None
) -> Interactions:
    """Fetch, read and encode ``source``.

    Args:
        source: a data set of the catalogue, a file or an NCF prefix, its columns and threshold.
        cache: keep what was read, and use it while the files have the same size and time.
        progress: called during a download with the bytes so far and, if known, in all.

    Returns:
        n distinct (user, item) pairs in file order. Codes are int32, from 0, in the order of the
        sorted ids; times are int64 or float64: as they are in the file if they are numbers,
        nanoseconds since 1970 if they are dates, row positions if there are none.

    Raises:
        UserError: anything wrong with the data, in one line. Nothing is written then.
    """
    source.check()
    try:
        name, files, read = _reader(source, progress)
        found = parsed.cached(name, source, files, read) if cache else read()
    except OSError as error:
        raise UserError(f"{source.source}: cannot be read ({error.strerror})") from error
    return replace(found, catalogue=source.source if source.source in CATALOGUE else None)


def _reader(
    source: DataSource, progress: DownloadProgress | None
) -> tuple[str, tuple[Path, ...], Callable[[], Interactions]]:
    """What ``source`` is called, the files it stands for, and how to read them."""
    from neumf.data import ncf, readers  # they need PyArrow, which --help does not wait for

    if source.source in CATALOGUE:
        file = fetch(CATALOGUE[source.source], progress)
        return source.source, (file,), partial(readers.read_file, file, source, source.source)
    path = source.path
    if triple := ncf.find(str(path)):
        if not source.plain:
            raise UserError(f"{path}: NCF files have fixed columns and no threshold; name neither")
        return triple.name, triple.files, partial(ncf.read_ncf, triple)
    if path.is_dir():
        raise UserError(f"{path}: is a directory; give a file in it")
    require_regular(path)
    if not path.is_file():
        names = did_you_mean(source.source.lower(), CATALOGUE)
        raise UserError(f"{path}: no such file or data set{names}")
    return path.name, (path,), partial(readers.read_file, path, source, path.name)
