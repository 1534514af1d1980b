"""What evaluation asks of a model: scores of pairs. NeuMF is one such model, a baseline another."""

from __future__ import annotations

from typing import Protocol

from neumf.arrays import Floats
from neumf.data.interactions import Codes


class Scorer(Protocol):
    """Anything that scores items for users: the higher the score, the better the item suits."""

    @property
    def n_items(self) -> int:
        """Size of the catalogue."""
        ...

    def score(self, users: Codes, items: Codes) -> Floats:
        """Scores [n, k] (float32) of ``items`` [n, k] for ``users`` [n]; items of shape [1, k]
        are the same for every user. ``NO_ITEM`` among the items may score anything. A held-out
        item whose score is not finite ranks last, whatever its sign.

        Only float32: a scorer that computes in float64 converts its scores itself, and scores that
        are then equal are tied.
        """
        ...
