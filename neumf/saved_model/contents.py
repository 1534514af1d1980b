"""What a saved model is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neumf.data.interactions import Ids, Interactions
from neumf.data.titles import Titles
from neumf.errors import UserError
from neumf.model.parameters import Parameters
from neumf.protocol.problem import ItemSets


@dataclass(frozen=True, eq=False)
class SavedModel:
    """A trained NeuMF with all that using it takes: whose rows are whose, and what to leave out."""

    name: str  # of the data
    parameters: Parameters
    user_ids: Ids  # [n_users] the person's own
    item_ids: Ids  # [n_items]
    seen: ItemSets  # what each user has met, which is not recommended
    titles: Titles | None = None  # [n_items]
    facts: dict[str, Any] = field(default_factory=dict)  # JSON: how it was made, how good it is

    def check(self) -> None:
        """What holds of every model, so that compiled code may index its arrays unchecked.

        Raises:
            UserError: parameters that are not finite, or arrays that do not belong together.
        """
        a, seen = self.parameters.architecture, self.seen
        if not np.isfinite(self.parameters.flat).all():
            raise UserError("its parameters are not all finite numbers")
        for what, ids, n in (
            ("user_ids", self.user_ids, a.n_users),
            ("item_ids", self.item_ids, a.n_items),
        ):
            if ids.shape != (n,) or len(set(ids.tolist())) != n:
                raise UserError(f"{what} are not {n:,} distinct ids")
        if self.titles is not None and self.titles.shape != (a.n_items,):
            raise UserError(f"titles are {len(self.titles):,} for {a.n_items:,} items")
        if not _are_sets(seen, a.n_users, a.n_items):
            raise UserError("the items that users have seen are not sets of its items")


def all_seen(interactions: Interactions) -> ItemSets:
    """All that each user has met. Whatever part of it a model was trained on, it is nothing to
    recommend."""
    users, items = interactions.users, interactions.items
    if (test := interactions.given_test) is not None:
        users, items = np.append(users, test.users), np.append(items, test.items)
    return ItemSets.of(users, items, interactions.n_users, interactions.n_items)


def _are_sets(sets: ItemSets, n_users: int, n_items: int) -> bool:
    starts, items = sets.starts, sets.items
    if starts.shape != (n_users + 1,) or items.ndim != 1:
        return False
    if starts[0] != 0 or starts[-1] != len(items) or (starts[1:] < starts[:-1]).any():
        return False
    if not len(items):
        return True
    rising = items[1:] > items[:-1]  # a difference might overflow
    rising[starts[(starts > 0) & (starts < len(items))] - 1] = True  # from one user to the next
    return bool(rising.all() and items.min() >= 0 and items.max() < n_items)
