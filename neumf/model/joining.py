"""Two models joined to one (He et al. 2017, section 3.4.1).

    logit = alpha * (GMF) + (1 - alpha) * (NeuMF)

is a NeuMF again: its GMF half is the two side by side, and its output layer has both, weighed.
"""

from __future__ import annotations

import numpy as np

from neumf.model.parameters import Architecture, Parameters


def join(gmf: Parameters, neumf: Parameters, alpha: float) -> Parameters:
    """New parameters whose logits are ``alpha`` times those of ``gmf``, which has no MLP, plus
    (1 - ``alpha``) times those of ``neumf``, output biases included."""
    a, b = gmf.architecture, neumf.architecture
    assert not a.mlp_layers
    assert (a.n_users, a.n_items) == (b.n_users, b.n_items)
    architecture = joined_architecture(a, b)
    joined = Parameters(architecture, np.empty(architecture.size, np.float32))
    m = b.mlp_width
    for table, one, other in (
        (joined.user_rows, gmf.user_rows, neumf.user_rows),
        (joined.item_rows, gmf.item_rows, neumf.item_rows),
    ):
        np.concatenate([other[:, :m], one, other[:, m:]], axis=1, out=table)
    for k in range(b.mlp_layers):
        joined.weights[k][:] = neumf.weights[k]
        joined.biases[k][:] = neumf.biases[k]
    to_gmf, to_neumf = np.float32(alpha), np.float32(1 - alpha)
    np.concatenate([to_gmf * gmf.out_weight, to_neumf * neumf.out_weight], out=joined.out_weight)
    joined.out_bias[:] = to_gmf * gmf.out_bias + to_neumf * neumf.out_bias
    return joined


def joined_architecture(gmf: Architecture, neumf: Architecture) -> Architecture:
    """The shape of the two joined."""
    return Architecture(
        neumf.n_users,
        neumf.n_items,
        neumf.predictive_factors,
        neumf.mlp_layers,
        gmf.gmf_width + neumf.gmf_width,
    )
