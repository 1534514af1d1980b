"""Where the data are, which columns to use, and from which rating on a row counts."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from neumf.errors import UserError, require_text
from neumf.tables import Table

Column = str | int | None
"""A header name, a 0-based position, or None: find it."""


class DataSource(Table):
    """One data set and how to read it: the ``[data]`` table of a study.

    ``source`` is a catalogue name (``ml-100k``), a file, or an NCF prefix: ``PREFIX`` or
    ``PREFIX.train.rating[.gz]`` with ``PREFIX.test.rating`` and ``PREFIX.test.negative`` beside it.
    ``min_rating`` keeps the interactions rated at least this.
    """

    source: str = Field(min_length=1)
    user: Column = None
    item: Column = None
    time: Column = None
    rating: Column = None
    min_rating: float | None = None

    def check(self) -> None:
        """Everything that the types cannot say.

        Raises:
            UserError: an empty name, a negative position, or a threshold that is not finite.
        """
        if not self.source.strip() or "\0" in self.source:
            raise UserError(f"data = {self.source!r}: give a data set's name or a file")
        for role, column in self.columns.items():
            if isinstance(column, int) and column < 0:
                raise UserError(f"{role} = {column}: positions count from 0")
        if self.min_rating is not None and not math.isfinite(self.min_rating):
            raise UserError(f"min_rating = {self.min_rating}: must be a finite number")

    @classmethod
    def given(cls, data: str, overrides: Mapping[str, Any]) -> DataSource:
        """From a command line, where types are right by construction.

        Raises:
            UserError: an empty name, or one that is not text.
        """
        if not data:
            raise UserError(f"data = {data!r}: give a data set's name or a file")
        require_text({"data": data, **overrides})
        return cls(source=data, **overrides)

    @property
    def path(self) -> Path:
        """The file, if it is one. A ``~`` of an unknown user stands for itself."""
        return Path(os.path.expanduser(self.source))  # noqa: PTH111 - Path's raises RuntimeError

    @property
    def columns(self) -> dict[str, Column]:
        """Role to the column named for it."""
        return {"user": self.user, "item": self.item, "rating": self.rating, "time": self.time}

    @property
    def plain(self) -> bool:
        """Nothing but a path: no columns named, no threshold."""
        return self == DataSource(source=self.source)
