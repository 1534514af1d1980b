"""Parquet files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from neumf.data import columns
from neumf.data.limits import Allowance
from neumf.data.source import DataSource
from neumf.data.table import Table, one_line
from neumf.errors import UserError

_ROWS = 1 << 20
"""Read at a time: each time all of a column's dictionary is read again."""


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
        table = _read(path, list(wanted.values()))
        table.validate(full=True)  # strings are taken for UTF-8 unseen
        found = {role: table.column(name) for role, name in wanted.items()}
    except UserError:
        raise
    except (ValueError, KeyError, OSError, pa.ArrowException) as error:
        raise UserError(f"{path}: cannot be read as Parquet ({one_line(error)})") from error
    return Table(str(path), 1, found)


def _read(path: Path, names: list[str]) -> pa.Table:
    """The columns ``names``, counted as they unfold.

    Texts stay in dictionaries, where one that is repeated a billion times is there once; a list may
    hold a billion values in a row, so none is read.
    """
    schema = pa.parquet.read_schema(path)
    for name in names:
        if pa.types.is_nested(kind := schema.field(name).type):
            raise UserError(f"{path}: column {name!r} holds {kind}, not a value a row")
    texts = [name for name in names if _is_text(schema.field(name).type)]
    allowance = Allowance(path)
    with pa.parquet.ParquetFile(path, read_dictionary=texts) as file:
        batches = []
        for batch in file.iter_batches(_ROWS, columns=names):
            allowance.take(batch.nbytes)
            batches.append(batch)
        schema = batches[0].schema if batches else file.schema_arrow
    return pa.Table.from_batches(batches, schema)


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )
