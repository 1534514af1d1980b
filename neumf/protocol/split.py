"""Which interactions train, which validate, which test."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from neumf.data.interactions import Interactions
from neumf.errors import UserError
from neumf.protocol.pairs import Pairs
from neumf.protocol.seal import SealedTest

SplitMethod = Literal["leave-one-out", "ratio"]
SPLITS: tuple[SplitMethod, ...] = get_args(SplitMethod)
DEFAULT_SPLIT: SplitMethod = "leave-one-out"
LEAST_HISTORY = 3
"""Users with fewer interactions only train."""


@dataclass(frozen=True, eq=False)
class Split:
    """Disjoint parts of the interactions. Test is sealed."""

    before_test: Pairs  # [n] all that may be known while test is sealed; a split method orders them
    is_validation: npt.NDArray[np.bool_]  # [n] the others train
    test: SealedTest

    @cached_property
    def train(self) -> Pairs:
        return self.before_test.where(~self.is_validation)

    @cached_property
    def validation(self) -> Pairs:
        return self.before_test.where(self.is_validation)


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
    """Each user's last interaction is test, the one before is validation (He et al. 2017).

    Pairs are in the order of users, and of time within a user.
    """
    given = interactions.given_test
    order = np.lexsort((interactions.times, interactions.users))  # stable: ties by file order
    pairs = Pairs(interactions.users[order], interactions.items[order])
    ends = np.cumsum(np.bincount(pairs.users, minlength=interactions.n_users))
    from_end = ends[pairs.users] - 1 - np.arange(len(pairs))  # 0 is the user's last
    long_enough = interactions.histories[pairs.users] >= LEAST_HISTORY
    if given is None:
        return _parts(pairs, long_enough & (from_end == 1), long_enough & (from_end == 0))
    is_validation = long_enough & (from_end == 0)
    test = SealedTest(Pairs(given.users, given.items), given.negatives)
    return Split(pairs, is_validation, test)


def _ratio(interactions: Interactions, generator: np.random.Generator) -> Split:
    """80/10/10 of all interactions at random, as in the notebook. Pairs are in file order."""
    order = generator.permutation(len(interactions))
    tenth = len(interactions) // 10
    is_validation, is_test = (np.zeros(len(interactions), np.bool_) for _ in range(2))
    is_validation[order[tenth : 2 * tenth]] = True
    is_test[order[:tenth]] = True
    return _parts(Pairs(interactions.users, interactions.items), is_validation, is_test)


def _parts(
    pairs: Pairs, is_validation: npt.NDArray[np.bool_], is_test: npt.NDArray[np.bool_]
) -> Split:
    return Split(pairs.where(~is_test), is_validation[~is_test], SealedTest(pairs.where(is_test)))
