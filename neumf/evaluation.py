"""Ranks of held-out items among their candidates, from parameters alone: one path for all engines.

The first layer is linear in [P_u ; Q_i], so it splits into a user half and an item half, each
computed once per user and item instead of once per pair:

    W_1 [P_u ; Q_i] + b_1  =  (W_1u P_u + b_1)  +  W_1i Q_i

Ties count against the model: a candidate that scores the same as the held-out item, or scores
NaN, ranks above it, so constant scores win nothing.
"""

from __future__ import annotations

import numpy as np

from neumf.interactions import Codes
from neumf.metrics import Ranks
from neumf.parameters import Floats, Parameters
from neumf.problem import NO_ITEM, Candidates

BLOCK = 8192
"""Pairs scored together: their activations stay in the processor's cache."""


def rank(parameters: Parameters, candidates: Candidates) -> Ranks:
    """Rank of each held-out item, 1 = best [n]."""
    scorer = Scorer(parameters)
    ranks = np.empty(len(candidates), np.int64)
    everything = np.arange(parameters.architecture.n_items, dtype=np.int32)
    width = candidates.items.shape[1] if candidates.seen is None else len(everything)
    lists = max(1, BLOCK // width)
    for start in range(0, len(candidates), lists):
        block = slice(start, start + lists)
        users, items = candidates.users[block], candidates.items[block]
        held_out = items[:, 0]
        if candidates.seen is None:
            scores = scorer.score(users, np.maximum(items, 0))
            first = scores[:, :1]
            scores[items == NO_ITEM] = -np.inf
        else:
            scores = scorer.score(users, np.broadcast_to(everything, (len(users), width)))
            first = np.take_along_axis(scores, held_out[:, None].astype(np.int64), axis=1)
            for row, user in enumerate(users):
                scores[row, candidates.seen.row(user)] = -np.inf
            np.put_along_axis(scores, held_out[:, None].astype(np.int64), first, axis=1)
        # the held-out item is its own tie, which counts the 1 that ranks start at
        ranks[block] = (~(scores < first)).sum(axis=1)
    return ranks


class Scorer:
    """Scores pairs with fixed parameters."""

    def __init__(self, parameters: Parameters) -> None:
        m = parameters.architecture.mlp_width
        self._parameters = parameters
        first = parameters.weights[0]
        self._user_half = parameters.user_rows[:, :m] @ first[:, :m].T + parameters.biases[0]
        self._item_half = parameters.item_rows[:, :m] @ first[:, m:].T

    def score(self, users: Codes, items: Codes) -> Floats:
        """Logits of ``items`` [n, k] for ``users`` [n]: [n, k]."""
        p, m = self._parameters, self._parameters.architecture.mlp_width
        hidden = np.maximum(self._user_half[users][:, None] + self._item_half[items], 0)
        for weight, bias in zip(p.weights[1:], p.biases[1:], strict=True):
            hidden = np.maximum(hidden @ weight.T + bias, 0)
        g = p.architecture.gmf_width
        gmf = (p.user_rows[users, m:] * p.out_weight[:g])[:, None] * p.item_rows[items, m:]
        logits: Floats = gmf.sum(axis=-1) + hidden @ p.out_weight[g:] + p.out_bias
        return logits
