"""From a person's own ids to codes, and back by indexing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import numpy as np

from neumf.data.interactions import Codes, Ids
from neumf.errors import UserError

UNKNOWN = -1
"""The code of an id that the model does not know."""

SEARCHED = 20_000
"""Ids among which near misses are looked for; more take seconds."""


class IdMap:
    """The ids of all users, or of all items."""

    def __init__(self, kind: str, ids: Ids) -> None:
        self.kind = kind  # "user" or "item"
        self.ids = ids

    @cached_property
    def _codes(self) -> dict[int | str, int]:
        return {each: code for code, each in enumerate(self.ids.tolist())}

    def find(self, ids: Sequence[int | str]) -> Codes:
        """The code of each id [n], ``UNKNOWN`` where there is none."""
        return np.array([self._codes.get(each, UNKNOWN) for each in ids], np.int32)

    def codes(self, ids: Sequence[int | str]) -> Codes:
        """The code of each id [n].

        Raises:
            UserError: an id that the model does not know.
        """
        codes = self.find(ids)
        if (codes == UNKNOWN).any():
            raise UserError(self.unknown(ids[int(np.argmax(codes == UNKNOWN))]))
        return codes

    def unknown(self, one: int | str) -> str:
        """What to say of an id that the model does not know."""
        said = f"unknown {self.kind} {one!r}"
        if self.ids.dtype == np.int64:
            if not isinstance(one, int):
                return f"{said}: {self.kind} ids are whole numbers here, such as {self.ids[0]}"
            low, high = int(self.ids.min()), int(self.ids.max())
            return f"{said}: the model knows {len(self.ids):,} {self.kind}s, {low} to {high}"
        if isinstance(one, str) and len(self.ids) <= SEARCHED:
            close = get_close_matches(one, self.ids.tolist(), n=1)
            if close:
                return f"{said}; did you mean {close[0]!r}?"
        return f"{said}: the model knows {len(self.ids):,} {self.kind}s, such as {self.ids[0]!r}"

    def parse(self, text: str) -> int | str:
        """An id as a person types it."""
        if self.ids.dtype == np.int64 and text.strip().removeprefix("-").isdecimal():
            with suppress(ValueError):  # thousands of digits
                return int(text)
        return text


def as_list(ids: Any) -> list[Any]:
    """One id, or any sequence of them: an array, a column, a list."""
    if isinstance(ids, str) or not hasattr(ids, "__iter__"):
        ids = [ids]
    return [each.item() if isinstance(each, np.generic) else each for each in ids]
