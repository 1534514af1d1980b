"""Lists as a file: CSV or Parquet, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pandas as pd  # noqa: F401 - PyArrow imports it with its first array, on the clock
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from neumf.errors import UserError
from neumf.files import replacing
from neumf.saved_model.recommender import TopItems

WRITERS = {".csv": pa.csv.CSVWriter, ".parquet": pa.parquet.ParquetWriter}


def check_output(path: Path) -> None:
    """To be asked before the lists are made.

    Raises:
        UserError: neither kind of file, or a folder.
    """
    if path.suffix not in WRITERS:
        raise UserError(f"output = {str(path)!r}: must end in {' or '.join(WRITERS)}")
    if path.is_dir():
        raise UserError(f"{path}: is a directory; give a file in it")


def _plain(column: npt.NDArray[Any]) -> Any:
    """A column of one type, whatever is in it: unknown users' ids may be of several."""
    if column.dtype != object:
        return column
    return pa.array([str(each) for each in column], pa.string())


def write_lists(path: Path, blocks: Iterable[TopItems], of: str = "user") -> int:
    """Write ``blocks`` one after the other, the first column called ``of``; the number of rows.

    Raises:
        UserError: the file cannot be written. What was there stays.
    """
    rows = 0
    try:
        with replacing(path) as part:
            writer = None
            for block in blocks:
                table = pa.table({name: _plain(c) for name, c in block.columns(of).items()})
                writer = writer or WRITERS[path.suffix](part, table.schema)
                writer.write_table(table)
                rows += len(block)
            if writer:
                writer.close()
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error
    return rows
