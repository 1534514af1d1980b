"""Who interacted with what, and when: the form every reader produces."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int32]
Times = npt.NDArray[np.int64] | npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64] | npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class GivenTest:
    """A test split that came with the data (NCF's ``.test.rating`` and ``.test.negative``)."""

    users: Codes  # [n]
    items: Codes  # [n] the held-out item
    negatives: Codes  # [n, k] the items it is ranked against


@dataclass(frozen=True, eq=False)
class Interactions:
    """Distinct (user, item) pairs in file order, ids mapped to codes 0..n-1.

    ``times`` orders a user's history. Where the data has none, it is the row's position and
    ``has_times`` is false.
    """

    name: str
    users: Codes  # [n]
    items: Codes  # [n]
    times: Times  # [n]
    user_ids: Ids  # [n_users] the person's own ids
    item_ids: Ids  # [n_items]
    given_test: GivenTest | None = None
    has_times: bool = True
    catalogue: str | None = None  # the data set's name there; a file of that name is another thing

    def __len__(self) -> int:
        return len(self.users)

    @property
    def n_users(self) -> int:
        return len(self.user_ids)

    @property
    def n_items(self) -> int:
        return len(self.item_ids)

    @property
    def density(self) -> float:
        return len(self) / (self.n_users * self.n_items)

    @property
    def histories(self) -> npt.NDArray[np.int64]:
        """Interactions of each user [n_users], those of a given test included."""
        counts = np.bincount(self.users, minlength=self.n_users)
        if self.given_test is not None:
            counts += np.bincount(self.given_test.users, minlength=self.n_users)
        return counts

    def fingerprint(self) -> str:
        """Hex digest of the pairs, their order in time, and a given test split."""
        digest = hashlib.blake2b(digest_size=16)
        arrays: list[npt.NDArray[np.generic]] = [self.users, self.items, self.times]
        if self.given_test is not None:
            arrays += [self.given_test.users, self.given_test.items, self.given_test.negatives]
        for array in arrays:
            digest.update(f"{array.dtype}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()
