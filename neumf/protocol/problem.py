"""What a trial is given: training positives, and the lists its validation ranks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from neumf.data.interactions import Codes

NO_ITEM = -1
"""Fills a candidate list of a user with too few unseen items; ranked below everything."""


@dataclass(frozen=True, eq=False)
class ItemSets:
    """A set of items per user, in compressed rows: memory in proportion to the pairs."""

    starts: npt.NDArray[np.int64]  # [n_users + 1]
    items: Codes  # [n_pairs], ascending within a user

    @classmethod
    def of(cls, users: Codes, items: Codes, n_users: int, n_items: int) -> ItemSets:
        """The distinct pairs (users [n], items [n]) by user."""
        # np.unique hashes and takes 15 times as long
        pairs = np.sort(users.astype(np.int64) * n_items + items)
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        counts = np.bincount(pairs // n_items, minlength=n_users)
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(starts, (pairs % n_items).astype(np.int32))

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Items per user [n_users]."""
        return np.diff(self.starts)

    def unseen(self, users: Codes, ranks: npt.NDArray[np.int64], n_items: int) -> Codes:
        """The ``ranks``-th item, from 0, that is not in each user's set. Shapes broadcast.

        With the set's items s_0 < s_1 < ..., s_k - k unseen items lie before s_k. That never
        falls with k, so the number k of items with s_k - k <= rank is found by binary search, and
        the answer is rank + k: no rejection, however full the set.
        """
        owners = np.repeat(np.arange(len(self.counts)), self.counts)
        before = self.items - (np.arange(len(self.items)) - self.starts[owners])
        keys = users.astype(np.int64) * n_items + ranks
        k = np.searchsorted(owners * n_items + before, keys, side="right") - self.starts[users]
        return (ranks + k).astype(np.int32)

    def row(self, user: int) -> Codes:
        return self.items[self.starts[user] : self.starts[user + 1]]


@dataclass(frozen=True, eq=False)
class Candidates:
    """Lists to rank. ``items[:, 0]`` is the held-out item, the others are unseen by the user.

    With ``seen`` given, ``items`` is [n, 1] and each list is the whole catalogue but for what
    ``seen`` has of the user.
    """

    users: Codes  # [n]
    items: Codes  # [n, 1 + k], NO_ITEM where a user has fewer than k unseen items
    seen: ItemSets | None = None

    def __len__(self) -> int:
        return len(self.users)

    def part(self, where: slice) -> Candidates:
        """Some of the lists; views, not copies."""
        return Candidates(self.users[where], self.items[where], self.seen)


@dataclass(frozen=True, eq=False)
class Problem:
    """One study's training positives and validation lists, the same for all its trials.

    No test pair is in it: a search cannot look at what it is not given.
    """

    n_users: int
    n_items: int
    users: Codes  # [n_positives]
    items: Codes  # [n_positives]
    positives: ItemSets  # the same pairs by user: what negatives must avoid
    validation: Candidates

    def save(self, folder: Path) -> None:
        """Write every array as ``.npy``, so that processes can map the same pages."""
        for name, array in self._arrays().items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Problem:
        """Map a saved problem: processes share its pages, copied only if written to."""
        arrays = {
            path.stem: np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))
            for path in folder.glob("*.npy")
        }
        n_users, n_items = (int(n) for n in arrays["shape"])
        positives = ItemSets(arrays["positives_starts"], arrays["positives_items"])
        seen = (
            ItemSets(arrays["seen_starts"], arrays["seen_items"])
            if "seen_items" in arrays
            else None
        )
        validation = Candidates(arrays["validation_users"], arrays["validation_items"], seen)
        return cls(n_users, n_items, arrays["users"], arrays["items"], positives, validation)

    def fingerprint(self) -> str:
        """Of every array: MovieLens-20M's 300 MB take less than half a second."""
        digest = hashlib.sha256()
        for name, array in self._arrays().items():
            digest.update(f"{name} {array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:16]

    def _arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "shape": np.array([self.n_users, self.n_items]),
            "users": self.users,
            "items": self.items,
            "positives_starts": self.positives.starts,
            "positives_items": self.positives.items,
            "validation_users": self.validation.users,
            "validation_items": self.validation.items,
        }
        if self.validation.seen is not None:
            arrays["seen_starts"] = self.validation.seen.starts
            arrays["seen_items"] = self.validation.seen.items
        return arrays
