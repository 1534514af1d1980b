"""What items are called, where the data say so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from neumf.data.column_names import role_of
from neumf.data.interactions import Ids
from neumf.data.movielens import CATALOGUE, fetch_titles
from neumf.data.source import DataSource
from neumf.errors import UserError
from neumf.files import require_regular

Titles = npt.NDArray[np.object_]
"""A string for each item; empty where there is no title."""


_TITLE = re.compile(r"(?:.*[\W_])?(?:title|name)", re.IGNORECASE)


def titles(catalogue: str | None, item_ids: Ids) -> Titles | None:
    """The title of each item [n_items] of the data set that the catalogue has under that name; None
    if it is none, or has none, or they cannot be fetched."""
    dataset = CATALOGUE.get(catalogue or "")
    file = fetch_titles(dataset) if dataset else None
    if file is None:
        return None
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
        known = dict(line.split("\t", 1) for line in lines if line)
    except (OSError, ValueError):  # damaged since
        return None
    return _in_order(known, item_ids)


def read_titles(path: Path, item_ids: Ids) -> Titles:
    """The title of each item [n_items] by a person's own file: CSV, TSV or Parquet. With a header,
    the column called title or name, and that of items, else the first other one; without, an id
    and then a title.

    Raises:
        UserError: the file cannot be read, has no column of titles, or knows none of the items.
    """
    from neumf.data import parquet, text  # they need PyArrow
    from neumf.data.table import values

    by_position = DataSource(source=str(path), item=0, user=1)
    try:
        require_regular(path)
        is_parquet = parquet.is_parquet(path)
        names = (
            parquet.names_of(path) if is_parquet else text.text_format_of(path, by_position).names
        )
        read = parquet.read_parquet if is_parquet else text.read_text
        # the reader of interactions, which takes the titles for users
        table = read(path, by_position if names is None else _columns(path, names))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    ids, found = (values(table.columns[role]) for role in ("item", "user"))
    known = {str(each).strip(): title for each, title in zip(ids, found, strict=True) if title}
    in_order = _in_order(known, item_ids)
    if not any(in_order):
        raise UserError(
            f"{path}: has the title of no item; items are such as {item_ids.tolist()[0]!r}, those"
            f" of the file such as {next(iter(known), None)!r}"
        )
    return in_order


def _columns(path: Path, names: tuple[str, ...]) -> DataSource:
    """Where the header ``names`` has items and, in the place of users, titles."""
    title = next((k for k, name in enumerate(names) if _TITLE.fullmatch(name)), None)
    if title is None or len(names) < 2:
        raise UserError(
            f"{path}: no column is called title or name; its columns are"
            f" {', '.join(map(repr, names))}"
        )
    others = [k for k in range(len(names)) if k != title]
    item = next((k for k in others if role_of(names[k]) == "item"), others[0])
    return DataSource(source=str(path), item=item, user=title)


def _in_order(known: Mapping[str, str], item_ids: Ids) -> Titles:
    found = np.empty(len(item_ids), object)
    found[:] = [known.get(str(each), "") for each in item_ids.tolist()]
    return found
