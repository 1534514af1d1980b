"""From the columns of a file to :class:`Interactions`: the part that every format shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from neumf.data.interactions import Codes, Ids, Interactions, Times
from neumf.errors import UserError

Mask = npt.NDArray[np.bool_]

_WHOLE = r"^(0|-?[1-9][0-9]*)$"
"""Ids written so are integers; 007 and 1.0 are strings, or they would not come back as written."""

_LONGEST = 100
"""Letters of a number or a date."""

_TIME_TYPES = (pa.int64(), pa.float64(), pa.timestamp("ns"), pa.timestamp("ns", "UTC"))


@dataclass
class Table:
    """What a reader hands over: role to column, and how to name the file and its rows."""

    where: str
    first_row: int  # the number a person would give the first row: a header counts
    columns: dict[str, pa.ChunkedArray]  # "user", "item"; perhaps "time"; "rating" if needed

    def row(self, position: int) -> int:
        return self.first_row + position


def one_line(error: Exception) -> str:
    """Arrow's messages run over several, and quote whatever is in the file."""
    return repr(" ".join(str(error).split()))[1:-1]


def to_interactions(name: str, table: Table, min_rating: float | None = None) -> Interactions:
    """Map ids to codes in the order of the ids, apply the threshold, merge repeated pairs.

    Of a pair met several times the earliest interaction stays, by time and then by row. Columns
    are taken out of ``table`` as they are used, which halves the peak of memory.

    Raises:
        UserError: no rows, an id or a time missing, a rating or time that cannot be read, nothing
            rated high enough, or fewer than two users or items.
    """
    where, rows, has_times = table.where, len(table.columns["user"]), "time" in table.columns
    if not rows:
        raise UserError(f"{where}: has no rows")
    liked = _liked(table, min_rating)
    users, user_ids = _encode(table, "user")
    items, item_ids = _encode(table, "item")
    times = _times(table, rows)
    if liked is not None:
        users, items, times = users[liked], items[liked], times[liked]
    first = _first_meetings(users, items, times)
    users, items, times = users[first], items[first], times[first]
    users, user_ids = _without_gaps(users, user_ids)
    items, item_ids = _without_gaps(items, item_ids)
    for kind, ids in (("user", user_ids), ("item", item_ids)):
        if len(ids) < 2:
            raise UserError(
                f"{where}: only one {kind} ({ids.tolist()[0]!r}); there must be two at least"
            )
    return Interactions(name, users, items, times, user_ids, item_ids, has_times=has_times)


def require_all(table: Table, role: str) -> None:
    """Check the column of ``role`` for gaps.

    Raises:
        UserError: a row has no value there.
    """
    missing = pc.is_null(table.columns[role], nan_is_null=True)
    if count := pc.sum(missing).as_py():
        first = table.row(pc.index(missing, True).as_py())
        rows = "row has" if count == 1 else "rows have"
        raise UserError(f"{table.where}: {count:,} {rows} no {role}, the first is row {first}")


def _encode(table: Table, role: str) -> tuple[Codes, Ids]:
    """Codes [n] and sorted ids: int64 if every id is a whole number, else strings."""
    require_all(table, role)
    try:
        column = table.columns.pop(role).dictionary_encode().unify_dictionaries()
        encoded = column.combine_chunks()
        labels = encoded.dictionary.cast(pa.string())
    except pa.ArrowException as error:
        raise UserError(
            f"{table.where}: cannot use the {role} column as ids ({one_line(error)})"
        ) from error
    ids, rank = np.unique(_labels(labels), return_inverse=True)
    codes = rank.astype(np.int32)[encoded.indices.to_numpy()]
    return codes, ids  # type: ignore[return-value]  # mypy loses which of two types ids has


def _labels(labels: pa.StringArray) -> Ids:
    stripped = pc.utf8_trim_whitespace(labels)  # "7, 12" means item 12
    if pc.all(pc.match_substring_regex(stripped, _WHOLE)).as_py():
        try:
            return stripped.cast(pa.int64()).to_numpy()  # type: ignore[no-any-return]
        except pa.ArrowInvalid:
            pass  # beyond int64
    return labels.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _without_gaps(codes: Codes, ids: Ids) -> tuple[Codes, Ids]:
    """The same, without the ids that no row has."""
    used = np.bincount(codes, minlength=len(ids)) > 0
    if used.all():
        return codes, ids
    position = (np.cumsum(used) - 1).astype(np.int32)
    return position[codes], ids[used]


def _liked(table: Table, min_rating: float | None) -> Mask | None:
    """Which rows are rated high enough; None without a threshold."""
    if min_rating is None:
        return None
    if "rating" not in table.columns:
        raise UserError(
            f"{table.where}: min_rating = {min_rating:g} needs a rating column; name it:"
            ' --rating-column NAME, or [data] rating = "NAME" in the study'
        )
    require_all(table, "rating")
    rating = _numbers(table, "rating", (pa.float64(),), "a number")
    liked = rating >= min_rating
    if not liked.any():
        raise UserError(
            f"{table.where}: min_rating = {min_rating:g} leaves nothing;"
            f" ratings run from {rating.min():g} to {rating.max():g}"
        )
    return liked


def _times(table: Table, rows: int) -> Times:
    """Numbers as they are, dates in nanoseconds since 1970, without either the row positions."""
    if "time" not in table.columns:
        return np.arange(rows, dtype=np.int64)
    require_all(table, "time")
    return _numbers(table, "time", _TIME_TYPES, "a number or an ISO 8601 date")


def _numbers(table: Table, role: str, types: Sequence[pa.DataType], what: str) -> Times:
    """The column of ``role`` in the first of ``types`` that holds all of it; blanks are NaN."""
    column = table.columns.pop(role)
    if pa.types.is_dictionary(column.type):
        column = _decoded(column)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    if pa.types.is_string(column.type):
        column = pc.utf8_trim_whitespace(column)
    if pa.types.is_temporal(column.type):
        types = (pa.timestamp("ns", getattr(column.type, "tz", None)),)
    for kind in types:
        try:
            numbers = column.cast(kind)
        except pa.ArrowException:
            continue
        if pa.types.is_timestamp(kind):
            numbers = numbers.cast(pa.int64())
        bad = pc.index(pc.is_finite(numbers), False).as_py()
        break
    else:
        bad = max(_first_failure(column, kind) for kind in types)
    if bad >= 0:
        value = str(column[bad].as_py())
        raise UserError(f"{table.where}: {role} {value!r} in row {table.row(bad)} is not {what}")
    return numbers.to_numpy()  # type: ignore[no-any-return]


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values themselves. Of long texts, which are neither numbers nor dates, the beginning: one
    that a small file repeats in every row would fill memory."""
    kind = column.type.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        shortened = [
            pa.DictionaryArray.from_arrays(chunk.indices, _shortened(chunk.dictionary))
            for chunk in column.chunks
        ]
        column = pa.chunked_array(shortened, column.type)
    return column.cast(kind)


def _shortened(texts: pa.Array) -> pa.Array:
    beginnings = pc.utf8_slice_codeunits(texts, 0, _LONGEST)
    cut = pc.binary_join_element_wise(
        beginnings, pa.scalar("...", texts.type), pa.scalar("", texts.type)
    )
    return pc.if_else(pc.greater(pc.utf8_length(texts), _LONGEST), cut, texts)


def values(column: pa.ChunkedArray) -> list[Any]:
    """As Python's objects: equal ones are one, however often a small file repeats it."""
    encoded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    distinct = encoded.dictionary.to_pylist()
    return [None if k is None else distinct[k] for k in encoded.indices.to_pylist()]


def _first_failure(column: pa.ChunkedArray, kind: pa.DataType) -> int:
    """Position of the first value that is no ``kind``, by bisection."""
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            column.slice(low, middle - low).cast(kind)
            low = middle
        except pa.ArrowException:
            high = middle
    return low


def _first_meetings(users: Codes, items: Codes, times: Times) -> Mask:
    """Which rows are the earliest of their pair, by time and then by row."""
    pairs = users.astype(np.int64) * (int(items.max()) + 1) + items
    order = np.lexsort((times, pairs))
    again = pairs[order[1:]] == pairs[order[:-1]]
    first = np.ones(len(pairs), dtype=np.bool_)
    first[order[1:][again]] = False
    return first
