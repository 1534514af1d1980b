"""The test pairs of a split, sealed until the test is opened."""

from __future__ import annotations

from typing import NoReturn

from neumf.data.interactions import Codes
from neumf.protocol.pairs import Pairs
from neumf.protocol.problem import ItemSets


class SealedTest:
    """Test pairs that can be counted and avoided. Only :mod:`neumf.protocol.opening` takes them
    out.

    Python cannot hide a value from code that is determined to read it, and the interactions that
    were split are still there. What this rules out is to read the test by accident: one method
    hands the pairs out, only that module calls it, and only the opening of a study imports that
    module (``tests/test_layering.py`` checks all three). Nor can anything that holds the pairs be
    sent to another process: pickling it is refused.
    """

    def __init__(self, pairs: Pairs, negatives: Codes | None = None) -> None:
        """Seal ``pairs`` [n], and the items [n, k] to rank them against if the data has them."""
        self.__pairs = pairs
        self.__negatives = negatives

    def __len__(self) -> int:
        return len(self.__pairs)

    def __repr__(self) -> str:
        return f"SealedTest({len(self):,} pairs)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a sealed test stays in the process that split the data")

    def met_in_any_part(self, before_test: Pairs, n_users: int, n_items: int) -> ItemSets:
        """Per user the items of ``before_test`` and of test: what no sampled list may hold.

        Comparison tells which of them are test items, so only the protocol asks, and what it makes
        of the answer are lists of items drawn from the others.
        """
        pairs = before_test.plus(self.__pairs)
        return ItemSets.of(pairs.users, pairs.items, n_users, n_items)

    def take_out(self) -> tuple[Pairs, Codes | None]:
        """The pairs and the published negatives: for :mod:`neumf.protocol.opening`, nobody else."""
        return self.__pairs, self.__negatives
