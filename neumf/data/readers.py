"""A file of any known format, recognised by its content rather than its name."""

from __future__ import annotations

from pathlib import Path

from neumf.data.interactions import Interactions
from neumf.data.parquet import is_parquet, read_parquet
from neumf.data.source import DataSource
from neumf.data.table import to_interactions
from neumf.data.text import read_text
from neumf.errors import UserError


def read_file(path: Path, source: DataSource, name: str) -> Interactions:
    """The interactions in the CSV, TSV, MovieLens, RecBole or Parquet file ``path``.

    Raises:
        UserError: anything wrong with the file, in one line.
        OSError: it cannot be opened.
    """
    if not path.stat().st_size:
        raise UserError(f"{path}: is empty")
    read = read_parquet if is_parquet(path) else read_text
    return to_interactions(name, read(path, source), source.min_rating)
