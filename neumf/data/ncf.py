"""The triple of files that NCF publishes: PREFIX.train.rating, .test.rating and .test.negative.

He et al. (2017), "Neural Collaborative Filtering", WWW: tab-separated user, item, rating and time;
for each row of the test file, ``(user,item)`` and the 99 items it is ranked against.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from neumf.data.interactions import Codes, GivenTest, Ids, Interactions
from neumf.data.source import DataSource
from neumf.data.table import Table, require_all, to_interactions
from neumf.data.text import NUMBER, read_columns, text_format_of
from neumf.errors import UserError

_ENDINGS = (".train.rating", ".test.rating", ".test.negative")
_NAMED = re.compile(r"(.*)\.(?:train\.rating|test\.rating|test\.negative)(?:\.gz)?")


@dataclass(frozen=True)
class Triple:
    """Where the three files are."""

    prefix: str
    train: Path
    test: Path
    negatives: Path

    @property
    def name(self) -> str:
        return Path(self.prefix).name

    @property
    def files(self) -> tuple[Path, ...]:
        return self.train, self.test, self.negatives


def find(path: str) -> Triple | None:
    """The triple that ``path`` names, by its prefix or by one of the files; None if it does not.

    Raises:
        UserError: it names one, but not all three files are there.
    """
    named = _NAMED.fullmatch(path)
    prefix = named[1] if named else path
    found = {ending: _plain_or_gzip(prefix + ending) for ending in _ENDINGS}
    train, test, negatives = found.values()
    if train and test and negatives:
        return Triple(prefix, train, test, negatives)
    if named or (any(found.values()) and not Path(path).exists()):
        missing = next(ending for ending, file in found.items() if file is None)
        raise UserError(
            f"{path}: NCF data needs {', '.join(prefix + e for e in _ENDINGS)};"
            f" {prefix}{missing} is missing"
        )
    return None


def read_ncf(triple: Triple) -> Interactions:
    """Training interactions and the given test, negatives as published.

    Raises:
        UserError: not whole numbers from 0, or test rows and negatives that do not belong together.
    """
    train = to_interactions(triple.name, _rows(triple.train))
    test = _rows(triple.test)
    users, items = _ids(test, "user"), _ids(test, "item")
    of_users, of_items, negatives = _negatives(triple.negatives)
    if len(users) != len(of_users):
        raise UserError(
            f"{triple.negatives}: has {len(of_users):,} rows, {triple.test} has {len(users):,}"
        )
    astray = np.flatnonzero((users != of_users) | (items != of_items))
    if len(astray):
        row = astray[0]
        raise UserError(
            f"{triple.negatives}: row {row + 1} is for ({of_users[row]},{of_items[row]}), that of"
            f" {triple.test} for ({users[row]},{items[row]})"
        )
    user_ids = np.union1d(train.user_ids, users)
    item_ids = np.union1d(train.item_ids, np.append(items, negatives))
    return Interactions(
        train.name,
        _codes(user_ids, train.user_ids)[train.users],
        _codes(item_ids, train.item_ids)[train.items],
        train.times,
        user_ids,
        item_ids,
        GivenTest(_codes(user_ids, users), _codes(item_ids, items), _codes(item_ids, negatives)),
        train.has_times,
    )


def _plain_or_gzip(path: str) -> Path | None:
    return next((file for file in (Path(path), Path(f"{path}.gz")) if file.is_file()), None)


def _rows(path: Path) -> Table:
    """User, item and, if there are four columns, time."""
    text_format = text_format_of(path, DataSource(source=str(path), user=0, item=1))
    roles = {"user": 0, "item": 1} | ({"time": 3} if text_format.width > 3 else {})
    types = {"user": pa.int64(), "item": pa.int64(), "time": NUMBER}
    table = read_columns(path, text_format, roles, types)
    for role in ("user", "item"):
        _ids(table, role)
    return table


def _negatives(path: Path) -> tuple[npt.NDArray[np.int64], ...]:
    """Users [n], items [n] and negatives [n, k]."""
    text_format = text_format_of(path, DataSource(source=str(path), user=0, item=1))
    ranked = {f"negative {k}": k for k in range(1, text_format.width)}
    types = {"pair": pa.string()} | dict.fromkeys(ranked, pa.int64())
    table = read_columns(path, text_format, {"pair": 0} | ranked, types)
    pairs = pc.extract_regex(
        table.columns["pair"], r"^\((?P<user>[0-9]{1,18}), ?(?P<item>[0-9]{1,18})\)$"
    ).combine_chunks()
    if pairs.null_count:
        row = pc.index(pc.is_null(pairs), True).as_py()
        found = table.columns["pair"][row].as_py()
        raise UserError(f"{path}: row {table.row(row)} starts with {found!r}, not (user,item)")
    users, items = (pairs.field(role).cast(pa.int64()).to_numpy() for role in ("user", "item"))
    return users, items, np.stack([_ids(table, role) for role in ranked], axis=1)


def _ids(table: Table, role: str) -> npt.NDArray[np.int64]:
    require_all(table, role)
    ids: npt.NDArray[np.int64] = table.columns[role].to_numpy()
    if (ids < 0).any():
        row = int(np.argmax(ids < 0))
        raise UserError(
            f"{table.where}: {role} is {ids[row]} in row {table.row(row)}; NCF's ids count from 0"
        )
    return ids


def _codes(known: Ids, ids: Ids) -> Codes:
    """Where ``ids``, of any shape, stand in the sorted ``known``."""
    return np.searchsorted(known, ids).astype(np.int32)
