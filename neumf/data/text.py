"""Delimited text: CSV, TSV, MovieLens' ``u.data``, ``ratings.dat`` (``::``) and ``ratings.csv``,
RecBole's ``.inter``; gzip-compressed or not, with a header or without."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from neumf.data import columns
from neumf.data.column_names import role_of
from neumf.data.limits import MOST_COLUMNS, Gunzipped
from neumf.data.source import DataSource
from neumf.data.table import Table, one_line
from neumf.errors import UserError

ID = pa.dictionary(pa.int32(), pa.string())
NUMBER = pa.string()  # read as text, so that one piece of code judges it in every format

_SAMPLE = 1 << 20
"""Bytes, and :data:`_ROWS` rows at most, by which a file is judged."""

_ROWS = 1000
_BLOCK = 1 << 22
_DELIMITERS = ("::", "\t", ",", ";", "|")
_TYPED = re.compile(r"(.+):(?:token|float)(?:_seq)?")
_WRONG_WIDTH = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
_NOT_WHOLE = re.compile(r"Row #(\d+): CSV conversion error to int64: invalid value (.*)")


@dataclass(frozen=True)
class TextFormat:
    """How a text file is written."""

    delimiter: str
    names: tuple[str, ...] | None  # the header, where there is one
    rows: tuple[tuple[str, ...], ...]  # fields of the first rows
    skip: int  # lines above the first row

    @property
    def width(self) -> int:
        return len(self.rows[0])


def read_text(path: Path, source: DataSource) -> Table:
    """The columns of the text file ``path`` that ``source`` wants.

    Raises:
        UserError: not UTF-8 text, corrupt gzip, no rows, rows of different widths, or columns
            that cannot be found.
    """
    text_format = text_format_of(path, source)
    roles = columns.roles_of(source, text_format.names, text_format.rows, str(path))
    types = {role: ID if role in ("user", "item") else NUMBER for role in roles}
    return read_columns(path, text_format, roles, types)


def read_columns(
    path: Path, text_format: TextFormat, roles: Mapping[str, int], types: Mapping[str, pa.DataType]
) -> Table:
    """The columns at the positions ``roles``, as ``types``."""
    # "1::2" is, to a reader of one-character delimiters, "1", "", "2"
    step = len(text_format.delimiter)
    names = [f"{k}" for k in range(step * (text_format.width - 1) + 1)]
    for role, position in roles.items():
        names[step * position] = role
    try:
        with _stream(path) as stream:
            table = pa.csv.read_csv(
                stream,
                # one thread: errors then name the row, and two cores gain little
                pa.csv.ReadOptions(
                    use_threads=False,
                    block_size=_BLOCK,
                    column_names=names,
                    skip_rows=text_format.skip,
                ),
                pa.csv.ParseOptions(delimiter=text_format.delimiter[0]),
                pa.csv.ConvertOptions(
                    include_columns=list(roles),
                    column_types=dict(types),
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{path}: {_reason(error, step)}") from error
    return Table(str(path), text_format.skip + 1, {role: table.column(role) for role in roles})


def _stream(path: Path) -> pa.NativeFile:
    if is_gzip(path):
        return pa.PythonFile(Gunzipped(path), mode="r")
    return pa.input_stream(path, compression=None)


def _reason(error: Exception, step: int) -> str:
    text = one_line(error)
    if match := _WRONG_WIDTH.search(text):
        row, expected, got = (int(group) for group in match.groups())
        width, first = (-(-columns // step) for columns in (got, expected))
        return f"row {row} has {width} columns, the first has {first}"
    if match := _NOT_WHOLE.search(text):
        return f"{match[2]} in row {match[1]} is not a whole number"
    if "straddling object" in text:
        return f"has a row of more than {_BLOCK:,} bytes"
    if "invalid UTF8" in text:
        return f"is not UTF-8 text ({text}); convert it to UTF-8"
    return f"cannot be read ({text})"


def is_gzip(path: Path) -> bool:
    """By its first two bytes, whatever it is called."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def text_format_of(path: Path, source: DataSource) -> TextFormat:
    """Delimiter, header and width, judged by the first lines."""
    lines = _first_lines(path)
    filled = [k for k, line in enumerate(lines) if line.strip()]
    if not filled:
        raise UserError(f"{path}: is empty")
    head = lines[filled[0]]
    delimiter = max(_DELIMITERS, key=head.count)
    if delimiter not in head:
        delimiter = " "
    first = _fields(head, delimiter)
    if len(first) < 2:
        raise UserError(
            f"{path}: only one column; a user and an item are needed, separated by a comma, tab,"
            " semicolon, '|', '::' or space"
        )
    if len(first) > MOST_COLUMNS:
        raise UserError(f"{path}: {len(first):,} columns; at most {MOST_COLUMNS:,} are read")
    second = _fields(lines[filled[1]], delimiter) if len(filled) > 1 else None
    if not _is_header(first, second, source, str(path)):
        rows = (_fields(lines[k], delimiter) for k in filled[:_ROWS])
        return TextFormat(delimiter, None, tuple(rows), filled[0])
    if second is None:
        raise UserError(f"{path}: has a header and no rows")
    typed = [_TYPED.fullmatch(name) for name in first]
    names = tuple(match[1] for match in typed if match) if all(typed) else first
    if len(second) != len(names):
        raise UserError(
            f"{path}: row {filled[1] + 1} has {len(second)} columns, the header has {len(names)}"
        )
    return TextFormat(delimiter, names, (second,), filled[0] + 1)


def _first_lines(path: Path) -> list[str]:
    try:
        with gzip.open(path) if is_gzip(path) else path.open("rb") as file:
            sample = file.read(_SAMPLE)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path}: cannot be read ({error})") from error
    if b"\0" in sample:
        raise UserError(f"{path}: is neither UTF-8 text (CSV, TSV, ...) nor Parquet")
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(sample)
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 text ({error.reason}); convert it") from error
    lines = re.split(r"\r\n|\r|\n", text)  # not splitlines: ids may hold other separators
    if len(sample) < _SAMPLE:
        return lines
    whole = lines[:-1]
    if sum(bool(line.strip()) for line in whole) < 2:
        raise UserError(f"{path}: has fewer than two whole rows in its first {_SAMPLE:,} bytes")
    return whole


def _fields(line: str, delimiter: str) -> tuple[str, ...]:
    if delimiter == "::":
        return tuple(line.split(delimiter))
    try:
        return tuple(field.strip() for field in next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:  # a field of more than 131,072 characters
        return (line,)


def _is_header(
    first: tuple[str, ...], second: tuple[str, ...] | None, source: DataSource, where: str
) -> bool:
    if any(_is_number(field) for field in first):
        return False
    if all(_TYPED.fullmatch(name) for name in first) or any(map(role_of, first)):
        return True
    if any(isinstance(column, str) for column in source.columns.values()):
        return True
    if second is not None and any(_is_number(field) for field in second):
        return True
    if any(column is not None for column in source.columns.values()):
        return False
    raise UserError(
        f"{where}: is its first line {first} a header? Give --user-column {first[0]!r}"
        f" --item-column {first[1]!r} if so, --user-column 0 --item-column 1 if not (or user and"
        " item in the study's [data])"
    )


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
