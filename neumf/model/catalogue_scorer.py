"""NeuMF's scores of the whole catalogue, for many users: the GMF half is one matrix product.

With 128 factors and no MLP that takes a twentieth of the time of
:class:`neumf.model.scorer.NeuMFScorer`, and rounds otherwise.
"""

from __future__ import annotations

from copy import copy

import numpy as np

from neumf.arrays import Floats
from neumf.data.interactions import Codes
from neumf.floating_point import arithmetic
from neumf.model.parameters import Architecture, Parameters
from neumf.model.scorer import NeuMFScorer


class CatalogueScorer:
    """It is valid as long as ``parameters`` stay as they are. Each thread needs one of its own."""

    def __init__(self, parameters: Parameters) -> None:
        a = parameters.architecture
        self.n_items = a.n_items
        self._parameters = parameters
        m, g = a.mlp_width, a.gmf_width
        self._weighted = parameters.item_rows[:, m:] * parameters.out_weight[:g]
        self._mlp = NeuMFScorer(_mlp_alone(parameters)) if a.mlp_layers else None

    def for_another_thread(self) -> CatalogueScorer:
        """The same, but for the room that scoring needs."""
        other = copy(self)
        other._mlp = self._mlp and self._mlp.for_another_thread()  # noqa: SLF001 - its own
        return other

    def score(self, users: Codes) -> Floats:
        """Logits [n, n_items] for ``users`` [n]."""
        p = self._parameters
        with arithmetic():
            scores: Floats = p.user_rows[users, p.architecture.mlp_width :] @ self._weighted.T
        if self._mlp is None:
            scores += p.out_bias
        else:
            scores += self._mlp.score(users, np.arange(self.n_items, dtype=np.int32)[None])
        return scores


def _mlp_alone(parameters: Parameters) -> Parameters:
    """The same without its GMF half."""
    a, m = parameters.architecture, parameters.architecture.mlp_width
    alone = Architecture(a.n_users, a.n_items, a.predictive_factors, a.mlp_layers, 0)
    mlp = Parameters(alone, np.empty(alone.size, np.float32))
    mlp.user_rows[:], mlp.item_rows[:] = parameters.user_rows[:, :m], parameters.item_rows[:, :m]
    for mine, theirs in zip(
        (*mlp.weights, *mlp.biases), (*parameters.weights, *parameters.biases), strict=True
    ):
        mine[:] = theirs
    mlp.out_weight[:] = parameters.out_weight[a.gmf_width :]
    mlp.out_bias[:] = parameters.out_bias
    return mlp
