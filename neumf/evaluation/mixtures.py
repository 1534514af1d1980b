"""Two models' scores mixed, and the weight of the mixture chosen without flattery."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neumf.arrays import Ints
from neumf.data.interactions import Codes
from neumf.evaluation.ranking import blocks, rank_scores, score_lists
from neumf.evaluation.scoring import Scorer
from neumf.metrics import OBJECTIVE, Ranks
from neumf.protocol.problem import Candidates

FOLDS = 10
"""A user's weight is chosen on the lists of the users of other folds."""


def rank_mixtures(
    one: Scorer, other: Scorer, weights: Sequence[float], candidates: Candidates
) -> Ints:
    """Ranks [len(weights), n], from 1, by w * ``one`` + (1 - w) * ``other`` for each weight w.

    Each model scores every pair once, however many weights there are. Ties count against the
    model, as in :func:`neumf.evaluation.ranking.rank`.
    """
    ranks = np.empty((len(weights), len(candidates)), np.int64)
    for where in blocks(candidates, one.n_items):
        part = candidates.part(where)
        of_one, of_other = score_lists(one, part), score_lists(other, part)
        for k, weight in enumerate(weights):
            mixed = np.float32(weight) * of_one + np.float32(1 - weight) * of_other
            rank_scores(mixed, part, ranks[k, where])
    return ranks


def choose(ranks: Ints, users: Codes) -> tuple[int, Ranks]:
    """Choose among mixtures by the objective.

    Args:
        ranks: [mixtures, n lists], as :func:`rank_mixtures` gives them.
        users: [n lists] whose lists they are.

    Returns:
        The place of the mixture that is best on all lists (the first of equals), and the ranks [n]
        that tell how good choosing is: each list's are those of the mixture that is best on the
        lists of the other folds, so that no user has a say in the weight that is used for them.
    """
    gains = OBJECTIVE.gains(ranks)
    fold = users % FOLDS
    total = gains.sum(axis=1)
    honest = np.empty(ranks.shape[1], np.int64)
    for k in range(FOLDS):
        mine = fold == k
        chosen = int(np.argmax(total - gains[:, mine].sum(axis=1)))
        honest[mine] = ranks[chosen, mine]
    return int(np.argmax(total)), honest
