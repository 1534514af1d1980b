"""The rows of the tables that a batch uses."""

from __future__ import annotations

from neumf.compiled import jit
from neumf.data.interactions import Codes


@jit
def list_rows(users: Codes, items: Codes, n_users: int, batch: Codes) -> None:
    """Where each sample's user and item stand in the tables: ``batch`` [2, n]."""
    for b in range(len(users)):
        batch[0, b], batch[1, b] = users[b], n_users + items[b]


@jit
def number_rows(batch: Codes, slot_of: Codes, slots: Codes, touched: Codes) -> int:
    """Number the distinct rows of a batch: ``touched`` [2 B] lists them, ``slots`` [2, B] says
    which each sample's are. Returns how many there are."""
    n = 0
    for side in range(2):
        for b in range(batch.shape[1]):
            row = batch[side, b]
            if slot_of[row] < 0:
                slot_of[row], touched[n] = n, row
                n += 1
            slots[side, b] = slot_of[row]
    for k in range(n):
        slot_of[touched[k]] = -1
    return n
