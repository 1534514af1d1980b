"""Which interactions train, which validate, which test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from neumf.data.interactions import Codes, Interactions
from neumf.errors import UserError

SplitMethod = Literal["leave-one-out", "ratio"]
SPLITS: tuple[SplitMethod, ...] = get_args(SplitMethod)
DEFAULT_SPLIT: SplitMethod = "leave-one-out"
LEAST_HISTORY = 3
"""Users with fewer interactions only train."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """(user, item) pairs."""

    users: Codes  # [n]
    items: Codes  # [n]

    def __len__(self) -> int:
        return len(self.users)


@dataclass(frozen=True, eq=False)
class Split:
    """Disjoint pairs. ``test_negatives`` [n, k] came with the data, if they did."""

    train: Pairs
    validation: Pairs
    test: Pairs
    test_negatives: Codes | None = None

    @property
    def everything(self) -> Pairs:
        """The pairs of every split: what candidates must not be."""
        parts = (self.train, self.validation, self.test)
        return Pairs(
            np.concatenate([part.users for part in parts]),
            np.concatenate([part.items for part in parts]),
        )


def split(interactions: Interactions, how: str, generator: np.random.Generator) -> Split:
    """Split by ``how``. A test split that came with the data is kept.

    Raises:
        UserError: no such split, a given test split cannot be redrawn, or nothing to validate on.
    """
    if how not in SPLITS:
        raise UserError(f"split = {how!r}: must be one of {', '.join(SPLITS)}")
    if how == "ratio":
        if interactions.given_test is not None:
            raise UserError(
                f"split = 'ratio': {interactions.name} comes with a test split of its own;"
                " use split = 'leave-one-out'"
            )
        result = _ratio(interactions, generator)
    else:
        result = _leave_one_out(interactions)
    if not len(result.validation):
        raise UserError(
            f"{interactions.name}: nothing to validate on; leave-one-out needs users with at"
            f" least {LEAST_HISTORY} interactions, the ratio split at least 10 interactions"
        )
    return result


def _leave_one_out(interactions: Interactions) -> Split:
    """Each user's last interaction is test, the one before is validation (He et al. 2017)."""
    given = interactions.given_test
    order = np.lexsort((interactions.times, interactions.users))  # stable: ties by file order
    users, items = interactions.users[order], interactions.items[order]
    history = np.bincount(users, minlength=interactions.n_users)
    from_end = np.cumsum(history)[users] - 1 - np.arange(len(users))  # 0 is the user's last
    if given is None:
        long_enough = history[users] >= LEAST_HISTORY
        is_test = long_enough & (from_end == 0)
        is_validation = long_enough & (from_end == 1)
        test, negatives = Pairs(users[is_test], items[is_test]), None
    else:
        history = history + np.bincount(given.users, minlength=interactions.n_users)
        is_test = np.zeros(len(users), bool)
        is_validation = (history[users] >= LEAST_HISTORY) & (from_end == 0)
        test, negatives = Pairs(given.users, given.items), given.negatives
    is_train = ~(is_test | is_validation)
    return Split(
        Pairs(users[is_train], items[is_train]),
        Pairs(users[is_validation], items[is_validation]),
        test,
        negatives,
    )


def _ratio(interactions: Interactions, generator: np.random.Generator) -> Split:
    """80/10/10 of all interactions at random, as in the notebook."""
    order = generator.permutation(len(interactions))
    tenth = len(interactions) // 10
    parts = order[2 * tenth :], order[tenth : 2 * tenth], order[:tenth]
    train, validation, test = (
        Pairs(interactions.users[part], interactions.items[part]) for part in map(np.sort, parts)
    )
    return Split(train, validation, test)
