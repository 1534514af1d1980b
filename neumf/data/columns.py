"""Which column is the user, the item, the rating and the time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from neumf.data.column_names import plainness, role_of
from neumf.data.source import DataSource
from neumf.data.unix_time import unix_unit
from neumf.errors import UserError

_POSITIONS = {"user": 0, "item": 1, "rating": 2, "time": 3}
"""Where MovieLens' ``u.data`` and ``ratings.dat`` have them."""

_POSITIONS_REMEDY = (
    "give positions, counted from 0: --user-column 0 --item-column 1 --time-column 3, or user, item"
    " and time in the study's [data]"
)

_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?")


def roles_of(
    source: DataSource,
    names: Sequence[str] | None,
    rows: Sequence[Sequence[str]],
    where: str,
) -> dict[str, int]:
    """Role to position, for the columns to read, in a file with the header ``names``, if it has
    one, that begins with ``rows``. A rating is read only for a threshold.

    Raises:
        UserError: see :func:`by_header` and :func:`by_position`.
    """
    roles = by_position(source, rows, where) if names is None else by_header(source, names, where)
    if source.min_rating is None:
        roles.pop("rating", None)
    return roles


def by_header(source: DataSource, names: Sequence[str], where: str) -> dict[str, int]:
    """Role to position, from what ``source`` names and otherwise from the header ``names``.

    A rating is found only if ``source`` has a threshold or names it.

    Raises:
        UserError: a named column is not there, the user or item column cannot be found, several
            columns could be meant, or one column would have two roles.
    """
    roles: dict[str, int] = {}
    for role, wanted in source.columns.items():
        if isinstance(wanted, str):
            found = [k for k, name in enumerate(names) if name == wanted]
            if not found:
                raise UserError(f"{where}: no column {wanted!r} among {_quoted(names)}")
            roles[role] = _only(role, found, names, where)
        elif wanted is not None:
            roles[role] = _in_range(role, wanted, len(names), where)
    taken = set(roles.values())
    for role in source.columns:
        found = [k for k, name in enumerate(names) if role_of(name) == role and k not in taken]
        needed = role != "rating" or source.min_rating is not None
        if found and needed and role not in roles:
            best = max(plainness(names[k], role) for k in found)
            plainest = [k for k in found if plainness(names[k], role) == best]
            roles[role] = _only(role, plainest, names, where)
    for role in ("user", "item"):
        if role not in roles:
            raise UserError(_missing(role, roles, names, where))
    return _distinct(roles, where)


def by_position(source: DataSource, rows: Sequence[Sequence[str]], where: str) -> dict[str, int]:
    """Role to position in a file without a header that begins with ``rows``.

    What is not named lies where MovieLens has it, but for the time: that is the column after the
    first two that holds Unix times or ISO dates, if there is one.

    Raises:
        UserError: a column is named though there is no header, a position is out of range, there
            are more columns than can be told apart, several could be the time, only one of the
            first two could, or one column would have two roles.
    """
    width = len(rows[0])
    roles: dict[str, int] = {}
    for role, wanted in source.columns.items():
        if isinstance(wanted, str):
            raise UserError(
                f"{where}: no column {wanted!r}, the file has no header;"
                f" give its position, counted from 0: {_remedy(role, 2)}"
            )
        if wanted is not None:
            roles[role] = _in_range(role, wanted, width, where)
    nothing_named = not roles
    if nothing_named and width > len(_POSITIONS):
        raise UserError(f"{where}: {width} columns and no header; {_POSITIONS_REMEDY}")
    roles = {"user": _POSITIONS["user"], "item": _POSITIONS["item"]} | roles
    free = [k for k in range(width) if k not in roles.values()]
    holds_times = [
        _holds_times([row[k] for row in rows if len(row) == width]) for k in range(width)
    ]
    times = [k for k in free if holds_times[k]]
    if nothing_named and free and not times and any(holds_times):
        raise UserError(
            f"{where}: no header, and only column {holds_times.index(True)}, the user's or the"
            f" item's place, looks like times; {_POSITIONS_REMEDY}"
        )
    if "time" not in roles and (len(times) == 1 or (times and nothing_named)):
        roles["time"] = _only("time", times, range(width), where)
        free.remove(roles["time"])
    if nothing_named and free:
        roles = dict(zip(("rating", "time"), free, strict=False)) | roles
    return _distinct(roles, where)


def _holds_times(fields: Sequence[str]) -> bool:
    """Whether all that is filled in is Unix time in one unit, or a date."""
    filled = [field for field in map(str.strip, fields) if field]
    if not filled:
        return False
    if all(_ISO_DATE.fullmatch(field) for field in filled):
        return True
    if not all(re.fullmatch(r"[0-9]{1,19}(\.[0-9]*)?", field) for field in filled):
        return False
    numbers = [float(field) for field in filled]
    return unix_unit(min(numbers), max(numbers)) is not None


def _missing(role: str, roles: dict[str, int], names: Sequence[str], where: str) -> str:
    free = [name for k, name in enumerate(names) if k not in roles.values()]
    if not free:
        return f"{where}: no {role} column; all there is, is {_quoted(names)}"
    return f"{where}: no {role} column among {_quoted(names)}; name it: {_remedy(role, free[0])}"


def _remedy(role: str, column: str | int) -> str:
    return f"--{role}-column {column!r}, or [data] {role} = {column!r} in the study"


def _quoted(names: Iterable[str | int]) -> str:
    """With quotes and escapes: a file may hold anything, and a terminal would obey it."""
    return ", ".join(map(repr, names))


def _only(role: str, found: list[int], names: Sequence[str | int], where: str) -> int:
    if len(found) > 1:
        raise UserError(
            f"{where}: columns {_quoted(names[k] for k in found)} could each be the {role};"
            f" say which: {_remedy(role, found[0])}"
        )
    return found[0]


def _in_range(role: str, position: int, width: int, where: str) -> int:
    if position >= width:
        raise UserError(f"{where}: {role} = {position}, but its columns are 0 to {width - 1}")
    return position


def _distinct(roles: dict[str, int], where: str) -> dict[str, int]:
    for role, position in roles.items():
        other = next(r for r, p in roles.items() if p == position)
        if other != role:
            raise UserError(f"{where}: column {position} cannot be both {other} and {role}")
    return roles
