"""Which columns a file is read by, under the names that a person would give them."""

from __future__ import annotations

from neumf.data import columns
from neumf.data.column_names import role_of
from neumf.data.movielens import CATALOGUE
from neumf.data.source import DataSource


def columns_of(source: DataSource) -> dict[str, str | int]:
    """Role to the header of its column or, without a unique one, its position from 0.

    There is a rating if one is named or just one column could be it. Empty for the data sets of
    the catalogue and for NCF's triples, whose columns are fixed.

    Raises:
        UserError: as :func:`neumf.data.loading.load` does; the file is there.
    """
    from neumf.data import ncf
    from neumf.data.parquet import is_parquet, names_of
    from neumf.data.text import text_format_of

    path = source.path
    if source.source in CATALOGUE or ncf.find(str(path)):
        return {}
    if is_parquet(path):
        return _named(source, names_of(path), str(path))
    text_format = text_format_of(path, source)
    if text_format.names is None:
        return dict(columns.by_position(source, text_format.rows, str(path)))
    return _named(source, text_format.names, str(path))


def _named(source: DataSource, names: tuple[str, ...], where: str) -> dict[str, str | int]:
    roles = columns.by_header(source, names, where)
    free = [k for k in range(len(names)) if k not in roles.values()]
    ratings = [k for k in free if role_of(names[k]) == "rating"]
    if "rating" not in roles and len(ratings) == 1:
        roles["rating"] = ratings[0]
    return {
        role: names[k] if names.count(names[k]) == 1 else k
        for role in source.columns
        if (k := roles.get(role)) is not None
    }
