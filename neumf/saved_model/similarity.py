"""Which items are alike: those that the same users would like.

The likeness of two items is the correlation of their scores over users. It is defined for a GMF, an
MLP and both joined alike, and is the same if a factor of the users grows as that of the items
shrinks, which leaves every score as it is and changes a cosine of embeddings.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neumf.arrays import Floats
from neumf.data.interactions import Codes
from neumf.floating_point import arithmetic

ASKED = 4096
"""Users whose scores are compared: evenly spread over all, if there are more."""

BLOCK = 1 << 22
"""Scores held at a time: 16 MB."""

NEGLIGIBLE = 1e-6
"""A deviation this small beside the scores is rounding."""


def similarities(score: Callable[[Codes], Floats], items: Codes, n_users: int) -> Floats:
    """Correlations [n, n_items] of the scores of ``items`` [n] with those of every item. An item
    that all users score alike has none: it gets 0. ``score`` gives users' scores [n, n_items]."""
    users = np.unique(np.linspace(0, n_users - 1, min(n_users, ASKED)).astype(np.int32))
    middle = score(users[:1])  # taken off first, so that squares stay small
    n_items, n = middle.shape[1], len(users)
    products = np.zeros((len(items), n_items))
    sums, squares = np.zeros(n_items), np.zeros(n_items)
    step = max(1, BLOCK // n_items)
    for start in range(0, n, step):
        scores = score(users[start : start + step]) - middle
        with arithmetic():
            products += scores[:, items].T @ scores
        sums += scores.sum(axis=0, dtype=np.float64)
        squares += np.einsum("ui,ui->i", scores, scores, dtype=np.float64)
    covariances = products / n - np.outer(sums[items], sums) / n**2
    deviations = np.sqrt(np.maximum(squares / n - (sums / n) ** 2, 0))
    size = np.abs(middle[0]) + np.sqrt(squares / n)
    varies = deviations > NEGLIGIBLE * size
    scale = np.outer(deviations[items], deviations)
    alike = np.divide(
        covariances, scale, out=np.zeros_like(scale), where=np.outer(varies[items], varies)
    )
    return np.asarray(np.clip(alike, -1, 1), np.float32)
