"""Which column is the user, the item, the rating and the time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from neumf.data.source import DataSource
from neumf.errors import UserError

_NAMES: dict[str, re.Pattern[str]] = {
    "user": re.compile(r"u|user|customer|reviewer|visitor"),
    "item": re.compile(r"i|item|movie|product|article|book|track|song|artist|asin"),
    "rating": re.compile(r"ratings?|score|stars"),
    "time": re.compile(r"time|timestamp|ts|date|datetime"),
}
"""Headers that are understood, in small letters, without punctuation and ``id`` at the end."""

_POSITIONS = {"user": 0, "item": 1, "rating": 2, "time": 3}
"""Where MovieLens' ``u.data`` and ``ratings.dat`` have them."""

_UNIX = 10**8
"""No rating is this large: a headerless third column that is holds seconds since 1970."""


def role_of(name: str) -> str | None:
    """What a header says its column is, if it is a common one."""
    plain = re.sub(r"[\W_]", "", name).lower().removesuffix("id")
    return next((role for role, names in _NAMES.items() if names.fullmatch(plain)), None)


def by_header(source: DataSource, names: Sequence[str], where: str) -> dict[str, int]:
    """Role to position, from what ``source`` names and otherwise from the header ``names``.

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
    for role, wanted in source.columns.items():
        found = [k for k, name in enumerate(names) if role_of(name) == role and k not in taken]
        if wanted is None and found:
            roles[role] = _only(role, found, names, where)
    for role in ("user", "item"):
        if role not in roles:
            raise UserError(
                f"{where}: no {role} column among {_quoted(names)};"
                f" name it in the study: [data] {role} = {names[0]!r}"
            )
    return _distinct(roles, where)


def by_position(source: DataSource, first: Sequence[str], where: str) -> dict[str, int]:
    """Role to position in a file without a header, whose first row is ``first``.

    Raises:
        UserError: a column is named though there is no header, a position is out of range, there
            are more columns than can be told apart, or one column would have two roles.
    """
    roles: dict[str, int] = {}
    for role, wanted in source.columns.items():
        if isinstance(wanted, str):
            raise UserError(
                f"{where}: no column {wanted!r}, the file has no header;"
                f" give its position, counted from 0: {role} = 2"
            )
        if wanted is not None:
            roles[role] = _in_range(role, wanted, len(first), where)
    guess = not roles
    roles = {"user": _POSITIONS["user"], "item": _POSITIONS["item"]} | roles
    if guess and len(first) > len(_POSITIONS):
        raise UserError(
            f"{where}: {len(first)} columns and no header; give positions, counted from 0, in the"
            " study: [data] user = 0, item = 1, rating = 2, time = 3"
        )
    if guess and len(first) == 3:
        roles["time" if _is_unix(first[2]) else "rating"] = 2
    elif guess and len(first) == 4:
        roles = dict(_POSITIONS)
    return _distinct(roles, where)


def _is_unix(field: str) -> bool:
    return re.fullmatch(r"\d+", field) is not None and int(field) >= _UNIX


def _quoted(names: Iterable[str]) -> str:
    """With quotes and escapes: a file may hold anything, and a terminal would obey it."""
    return ", ".join(map(repr, names))


def _only(role: str, found: list[int], names: Sequence[str], where: str) -> int:
    if len(found) > 1:
        raise UserError(
            f"{where}: columns {_quoted(names[k] for k in found)} could each be the {role};"
            f" say which in the study: [data] {role} = {found[0]}"
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
