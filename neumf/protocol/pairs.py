"""Users and items that belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neumf.data.interactions import Codes


@dataclass(frozen=True, eq=False)
class Pairs:
    """(user, item) pairs."""

    users: Codes  # [n]
    items: Codes  # [n]

    def __len__(self) -> int:
        return len(self.users)

    def where(self, mask: npt.NDArray[np.bool_]) -> Pairs:
        """Those of ``mask`` [n], in the same order."""
        return Pairs(self.users[mask], self.items[mask])

    def plus(self, other: Pairs) -> Pairs:
        """These, then the others."""
        return Pairs(
            np.concatenate([self.users, other.users]), np.concatenate([self.items, other.items])
        )
