"""Parquet files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from neumf.data import columns
from neumf.data.source import DataSource
from neumf.data.table import Table, one_line
from neumf.errors import UserError


def is_parquet(path: Path) -> bool:
    """By its first bytes; by its name too, so that a damaged one is not taken for text."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1" or path.suffix in (".parquet", ".pq")


def names_of(path: Path) -> tuple[str, ...]:
    """The names of its columns.

    Raises:
        UserError: not a Parquet file or a damaged one.
    """
    try:
        return tuple(pa.parquet.read_schema(path).names)
    except (ValueError, OSError, pa.ArrowException) as error:
        raise UserError(f"{path}: cannot be read as Parquet ({one_line(error)})") from error


def read_parquet(path: Path, source: DataSource) -> Table:
    """The columns of ``path`` that ``source`` wants.

    Raises:
        UserError: not a Parquet file or a damaged one, or columns that cannot be found.
    """
    names = names_of(path)
    roles = columns.roles_of(source, names, (), str(path))
    wanted = {role: names[position] for role, position in roles.items()}
    try:
        table = pa.parquet.read_table(path, columns=list(wanted.values()))
        table.validate(full=True)  # strings are taken for UTF-8 unseen
    except (ValueError, OSError, pa.ArrowException) as error:
        raise UserError(f"{path}: cannot be read as Parquet ({one_line(error)})") from error
    return Table(str(path), 1, {role: table.column(name) for role, name in wanted.items()})
