"""(stand-in)"""
from __future__ import annotations
from dataclasses import dataclass
from pathlib import Path
import numpy as np
from neumf.arrays import Ints
from neumf.protocol.problem import Candidates, ItemSets

@dataclass(frozen=True, eq=False)
class MeasuredLists:
    sampled: Candidates | None
    catalogue: Candidates
    candidates: int | None
    pool: Ints

    def save(self, folder: Path) -> None:
        folder.mkdir()
        np.save(folder / "pool.npy", self.pool)
        np.save(folder / "users.npy", self.catalogue.users)
        np.save(folder / "catalogue.npy", self.catalogue.items)
        np.save(folder / "starts.npy", self.catalogue.seen.starts)
        np.save(folder / "seen.npy", self.catalogue.seen.items)
        np.save(folder / "k.npy", np.array(self.candidates or 0))
        if self.sampled is not None:
            np.save(folder / "sampled.npy", self.sampled.items)

    @classmethod
    def load(cls, folder: Path) -> MeasuredLists:
        f = lambda n: np.load(folder / f"{n}.npy")
        u = f("users"); k = int(f("k"))
        return cls(Candidates(u, f("sampled")) if k else None, Candidates(u, f("catalogue"), ItemSets(f("starts"), f("seen"))), k or None, f("pool"))
