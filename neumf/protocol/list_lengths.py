"""How many candidates each list has, and which lists are too short to rank.

A user who has met nearly everything has few unseen items left. On a list of 11, a model that ranks
at random has its held-out item among the first 10 nine times in ten: such lists flatter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from neumf.errors import UserError
from neumf.metrics import HEADLINE

TELLING = 0.2
"""Chance's hit rate from which it is worth a word: twice that of 99 candidates."""


@dataclass(frozen=True, eq=False)
class ListLengths:
    """The candidates beside each held-out item, next to how many there should be."""

    part: str  # "validation" or "test"
    lengths: npt.NDArray[np.int64]  # [n lists]
    usual: int  # a list with fewer is short, and that is told
    least: int  # a list with fewer is left out

    @classmethod
    def of(
        cls,
        part: str,
        unseen: npt.NDArray[np.int64],
        candidates: int | Literal["all"],
        n_items: int,
    ) -> ListLengths:
        """Of lists whose users have ``unseen`` [n lists] items to draw from.

        A sampled list counts with half of the candidates that are asked for. Of lists over the
        whole catalogue only those without a single candidate are left out; they are short with
        fewer than half of the catalogue.
        """
        if candidates == "all":
            return cls(part, unseen, _half(n_items - 1), 1)
        return cls(part, np.minimum(unseen, candidates), candidates, _half(candidates))

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        """Which lists are long enough to rank [n lists]."""
        return self.lengths >= self.least

    @property
    def chance(self) -> float:
        """The hit rate at the headline's cut-off, 10, that ranking at random is expected to have
        on the lists that are kept."""
        lengths = self.lengths[self.kept]
        return float(np.minimum(1.0, HEADLINE[0].cutoff / (1 + lengths)).mean())

    def check(self) -> None:
        """Raises UserError: none is left, or fewer than half."""
        n, kept = len(self.lengths), int(self.kept.sum())
        if kept and 2 * kept >= n:
            return
        median = int(np.median(self.lengths))
        fewer = f'candidates = {median} or "all"' if median else 'candidates = "all"'
        remedy = f"use {fewer}" if self.least > 1 else "there is next to nothing to rank"
        raise UserError(
            f"{n - kept:,} of {n:,} {self.part} lists would have fewer than {self.least} of"
            f" {self.usual} candidates (median {median}, least {self.lengths.min()}): their users"
            f" have met nearly every item; {remedy}"
        )

    def line(self) -> str | None:
        """A line for a person on short lists and on what chance does; None if all is usual."""
        told = []
        n, short = len(self.lengths), self.lengths[self.lengths < self.usual]
        if len(short):
            told.append(
                f"{len(short):,} of {n:,} {self.part} lists have fewer than {self.usual} candidates"
                f" (median of these {np.median(short):.0f}, least {short.min()})"
            )
        if left_out := n - int(self.kept.sum()):
            told.append(f"{left_out:,} with fewer than {self.least} left out")
        if self.chance > TELLING:
            told.append(f"ranking at random has {HEADLINE[0].name} {self.chance:.2f} on such lists")
        return "; ".join(told) or None


def _half(n: int) -> int:
    return -(-n // 2)
