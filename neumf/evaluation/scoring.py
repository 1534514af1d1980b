"""What evaluation asks of a model: scores of pairs. NeuMF is one such model, a baseline another."""

from __future__ import annotations

from typing import Protocol

from neumf.data.interactions import Codes
from neumf.model.parameters import Floats


class Scorer(Protocol):
    """Anything that scores users and items; the higher, the better the item suits the user."""

    @property
    def n_items(self) -> int:
        """Size of the catalogue."""
        ...

    def score(self, users: Codes, items: Codes) -> Floats:
        """Scores [n, k] (float32) of ``items`` [n, k] for ``users`` [n]; items of shape [1, k]
        are the same for every user. What ``NO_ITEM`` scores has no meaning."""
        ...
