"""The test pairs of a split, sealed until the test is opened."""

from __future__ import annotations

from typing import NoReturn

from neumf.data.interactions import Codes
from neumf.protocol.pairs import Pairs
from neumf.protocol.problem import ItemSets


class SealedTest:
    """Test pairs that can be counted and avoided. Only :mod:`neumf.protocol.opening` takes them
    out.

    Python cannot hide a value from code that is set on reading it. What this does is make reading
    it impossible by accident: there is one method that hands the pairs out, its one caller is that
    module, and nobody but the opening imports that (``tests/test_layering.py`` holds us to both).
    Nor can the pairs reach another process in something that holds them: pickling is refused.
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
        """Per user the items of ``before_test`` and of test: what no sampled list may hold. Which
        of them are test items can be told by comparison; so only the protocol asks."""
        pairs = before_test.and_(self.__pairs)
        return ItemSets.of(pairs.users, pairs.items, n_users, n_items)

    def take_out(self) -> tuple[Pairs, Codes | None]:
        """The pairs and the published negatives: for :mod:`neumf.protocol.opening`, nobody else."""
        return self.__pairs, self.__negatives
