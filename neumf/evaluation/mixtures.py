"""Two models' scores mixed, and the weight of the mixture chosen without flattery."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neumf.arrays import Floats, Ints
from neumf.data.interactions import Codes
from neumf.evaluation.ranking import blocks, rank_scores, score_lists
from neumf.evaluation.scoring import Scorer
from neumf.metrics import OBJECTIVE, Ranks
from neumf.protocol.problem import Candidates

FOLDS = 10
"""A user's weight is chosen on the lists of the users of other folds."""


KEPT = 1 << 24
"""Scores of the model that stays which are kept from one ranking to the next: 64 MB."""


class Mixtures:
    """Ranks by w * ``one`` + (1 - w) * another model, time and again as the other one changes.

    Each model scores every pair once, however many weights there are; what ``one`` scores is kept
    if it is not too much. Ties count against the model, as in
    :func:`neumf.evaluation.ranking.rank`.
    """

    def __init__(self, one: Scorer, candidates: Candidates) -> None:
        self._one = one
        self._candidates = candidates
        self._kept: dict[int, Floats] = {}  # by the first list of a block
        self._room = KEPT

    def rank(self, other: Scorer, weights: Sequence[float]) -> Ints:
        """Ranks [len(weights), n] of the held-out items, from 1, for each weight w."""
        ranks = np.empty((len(weights), len(self._candidates)), np.int64)
        for where in blocks(self._candidates, self._one.n_items):
            part = self._candidates.part(where)
            of_one, of_other = self._score(where.start, part), score_lists(other, part)
            for k, weight in enumerate(weights):
                mixed = np.float32(weight) * of_one + np.float32(1 - weight) * of_other
                rank_scores(mixed, part, ranks[k, where])
        return ranks

    def _score(self, start: int, part: Candidates) -> Floats:
        if start in self._kept:
            return self._kept[start]
        scores = score_lists(self._one, part)
        if scores.size <= self._room:
            self._kept[start] = scores
            self._room -= scores.size
        return scores


def choose(ranks: Ints, users: Codes) -> tuple[int, Ranks]:
    """Choose among mixtures by the objective.

    Args:
        ranks: [mixtures, n lists], as :meth:`Mixtures.rank` gives them.
        users: [n lists] whose lists they are.

    Returns:
        The place of the mixture that is best on all lists (the first of equals), and the ranks [n]
        that tell how good choosing is: each list's are those of the mixture that is best on the
        lists of the other folds, so that no user has a say in the weight that is used for them.
    """
    assert len(users) or len(ranks) == 1, "there are no lists to choose a mixture on"
    gains = OBJECTIVE.gains(ranks)
    fold = users % FOLDS
    total = gains.sum(axis=1)
    honest = np.empty(ranks.shape[1], np.int64)
    for k in range(FOLDS):
        mine = fold == k
        chosen = int(np.argmax(total - gains[:, mine].sum(axis=1)))
        honest[mine] = ranks[chosen, mine]
    return int(np.argmax(total)), honest
