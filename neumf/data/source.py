"""What a person says about their data: where it is, which columns to use, what counts as liked."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neumf.errors import UserError

Column = str | int | None
"""A header name, a 0-based position, or None: find it."""


@dataclass(frozen=True)
class DataSource:
    """One data set and how to read it.

    ``path`` is a catalogue name (``ml-100k``), a file, or an NCF prefix: ``PREFIX`` or
    ``PREFIX.train.rating[.gz]`` with ``PREFIX.test.rating`` and ``PREFIX.test.negative`` beside it.
    ``min_rating`` keeps the interactions rated at least so.

    Raises:
        UserError: an empty path, a negative position, a threshold that is not a finite number.
    """

    path: str
    user: Column = None
    item: Column = None
    time: Column = None
    rating: Column = None
    min_rating: float | None = None

    def __post_init__(self) -> None:
        if not self.path.strip():
            raise UserError(f"data = {self.path!r}: give a data set's name or a file")
        for role, column in self.columns.items():
            if isinstance(column, int) and column < 0:
                raise UserError(f"{role} = {column}: positions count from 0")
        if self.min_rating is not None and not math.isfinite(self.min_rating):
            raise UserError(f"min_rating = {self.min_rating}: must be a finite number")

    @property
    def columns(self) -> dict[str, Column]:
        """Role to the column named for it."""
        return {"user": self.user, "item": self.item, "rating": self.rating, "time": self.time}

    @property
    def plain(self) -> bool:
        """Nothing but a path: no columns named, no threshold."""
        return self == DataSource(self.path)
