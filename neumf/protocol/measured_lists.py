"""What a finished model is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from neumf.arrays import Ints
from neumf.protocol import candidates
from neumf.protocol.pairs import Pairs
from neumf.protocol.problem import Candidates, ItemSets

_PREFIX = "measured_"


@dataclass(frozen=True, eq=False)
class MeasuredLists:
    """The same held-out items among sampled candidates and among the whole catalogue."""

    sampled: Candidates | None  # None where the protocol itself ranks the whole catalogue
    catalogue: Candidates  # [n] the same lists in the same order
    pool: Ints  # [n] items beside the held-out one in each catalogue list

    @classmethod
    def of(
        cls, held_out: Pairs, known: ItemSets, n_items: int, sampled: Candidates | None
    ) -> MeasuredLists:
        """Lists of ``held_out`` over a catalogue of ``n_items`` without each user's ``known``
        items, of which the held-out one is one, beside ``sampled`` ones."""
        pool = n_items - known.counts[held_out.users]
        return cls(sampled, candidates.catalogue(held_out, known), pool)

    def __len__(self) -> int:
        return len(self.catalogue)

    def thinned(self, most: int) -> MeasuredLists:
        """At most so many of the lists, evenly spread over the users; views, not copies."""
        where = slice(None, None, max(1, -(-len(self) // most)))
        sampled = None if self.sampled is None else self.sampled.part(where)
        return MeasuredLists(sampled, self.catalogue.part(where), self.pool[where])

    @property
    def candidates(self) -> int | None:
        """How many are drawn beside a held-out item; None if none are."""
        return None if self.sampled is None else self.sampled.items.shape[1] - 1

    def save(self, folder: Path) -> None:
        """Write every array as ``.npy``, so that processes can map the same pages. A problem may
        lie in the same folder."""
        for name, array in self._arrays().items():
            np.save(folder / f"{_PREFIX}{name}.npy", array, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> MeasuredLists:
        """Map saved lists: processes share their pages, copied only if written to."""
        arrays = {
            path.stem.removeprefix(_PREFIX): np.asarray(
                np.load(path, mmap_mode="c", allow_pickle=False)
            )
            for path in folder.glob(f"{_PREFIX}*.npy")
        }
        users, held_out = arrays["users"], arrays["held_out"]
        known = ItemSets(arrays["known_starts"], arrays["known_items"])
        sampled = Candidates(users, arrays["sampled"]) if "sampled" in arrays else None
        return cls(sampled, Candidates(users, held_out, known), arrays["pool"])

    def _arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        known = self.catalogue.seen
        assert known is not None
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "users": self.catalogue.users,
            "held_out": self.catalogue.items,
            "known_starts": known.starts,
            "known_items": known.items,
            "pool": self.pool,
        }
        if self.sampled is not None:
            arrays["sampled"] = self.sampled.items
        return arrays
