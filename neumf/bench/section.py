"""One section of the benchmark's output: the same rows as JSON and as a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

Row = dict[str, Any]

whole: Callable[[float], str] = "{:,.0f}".format
ratio: Callable[[float], str] = "{:.2f}".format


@dataclass(frozen=True)
class Column:
    """A column of the table: its head, the key of its values in the rows, how they are shown."""

    head: str
    key: str
    show: Callable[[Any], str] = str


FACTORS = Column("factors", "predictive_factors")


@dataclass(frozen=True)
class Section:
    """Rows that JSON holds under ``name``, and the columns of them that the table shows."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[Row]

    def table(self) -> Table:
        table = Table(title=self.title, title_justify="left", box=SIMPLE_HEAD)
        for n, column in enumerate(self.columns):
            table.add_column(column.head, justify="left" if n == 0 else "right")
        for row in self.rows:
            values = ((column.show, row[column.key]) for column in self.columns)
            table.add_row(*("?" if value is None else show(value) for show, value in values))
        return table
