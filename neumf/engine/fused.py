"""Training on one CPU core at the speed of the arithmetic: an epoch's chunk is one compiled call.

For a batch of n samples (u, i, y), with layer inputs X_k, hidden layers H_k and dropout masks M_k::

    X_0 = [P_u ; Q_i] * M_0               Z_k = X_k-1 W_k^T + b_k
    X_k = relu(Z_k) * M_k  (k < L)        H = relu(Z_L)
    s   = w . [p_u * q_i ; H] + b         loss = mean over the batch of log(1 + e^s) - y s

and backwards, with d = (sigmoid(s) - y) / n::

    dw  = d [p_u * q_i ; H]               dZ_L = d w_H * (H > 0)
    dW_k = dZ_k^T X_k-1                   db_k = sum of dZ_k
    dZ_k-1 = dZ_k W_k * M_k-1 * (Z_k-1 > 0)
    [dP_u ; dQ_i] += dZ_1 W_1 * M_0       dp_u += d w_p * q_i,  dq_i += d w_p * p_u

Then Adam (Kingma & Ba 2015) as torch.optim.Adam computes it, L2 weight decay in the gradient.
M holds 0 or 1 / (1 - dropout), and is a hash of (seed, step, layer, element).

Lazy updates follow torch.optim.SparseAdam: only rows of the batch's users and items move, their
duplicates summed first, weight decay in their gradient alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  (numba's matrix products call it)
from threadpoolctl import ThreadpoolController

from neumf.engine import updates_lazily
from neumf.engine.kernels import Model, State, Workspace, keep, train
from neumf.hyperparameters import Hyperparameters
from neumf.negatives import Samples
from neumf.parameters import Floats, Parameters


class FusedEngine:
    """See :class:`neumf.engine.Engine`."""

    name = "fused"

    def __init__(self, parameters: Parameters, hyperparameters: Hyperparameters, seed: int) -> None:
        self._parameters = parameters
        self._hyperparameters = hyperparameters
        self._seed = np.uint64(seed)
        self._step = 0
        lazy = updates_lazily(parameters, hyperparameters)
        self.update = "lazy" if lazy else "dense"
        self._model = _model(parameters, hyperparameters.batch_size, lazy)
        flat = parameters.flat
        self._state = State(flat, np.zeros_like(flat), np.zeros_like(flat))
        self._work = _workspace(parameters, hyperparameters.batch_size, lazy)

    def train(self, chunks: Iterable[Samples]) -> float:
        h = self._hyperparameters
        total, n = 0.0, 0
        with blas().limit(limits=1, user_api="blas"):
            for chunk in chunks:
                total += train(
                    self._model,
                    self._state,
                    self._work,
                    np.ascontiguousarray(chunk.users, np.int32),
                    np.ascontiguousarray(chunk.items, np.int32),
                    np.ascontiguousarray(chunk.labels, np.uint8),
                    h.batch_size,
                    h.lr,
                    h.weight_decay,
                    h.dropout,
                    self._seed,
                    self._step,
                )
                n += len(chunk)
                self._step += -(-len(chunk) // h.batch_size)
        return total / max(n, 1)

    @property
    def parameters(self) -> Parameters:
        return self._parameters


@cache
def blas() -> ThreadpoolController:
    """The loaded BLAS libraries, so that their threads can be limited."""
    return ThreadpoolController()


def mask(seed: int, step: int, layer: int, shape: tuple[int, int], dropout: float) -> Floats:
    """The dropout mask [batch, width] of a layer's input in a step (both from 0 and 1): 0 or
    1 / (1 - dropout)."""
    out = np.empty(shape, np.float32)
    keep(out, np.uint64(seed), step, layer, dropout)
    return out


def _model(parameters: Parameters, batch_size: int, lazy: bool) -> Model:
    a = parameters.architecture
    widths = np.array(a.layer_widths, np.int64)
    sizes = widths[1:] * widths[:-1]
    ends = a.table_size + np.cumsum(sizes + widths[1:])
    return Model(
        a.n_users,
        a.n_items,
        a.gmf_width,
        widths,
        ends - widths[1:] - sizes,
        ends - widths[1:],
        int(ends[-1]),
        np.concatenate([[0], np.cumsum(widths[:-1] * batch_size)]),
        lazy,
    )


def _workspace(parameters: Parameters, batch_size: int, lazy: bool) -> Workspace:
    a = parameters.architecture

    def room(*shape: int) -> Floats:
        return np.zeros(shape, np.float32)

    users = min(batch_size, a.n_users) if lazy else a.n_users
    items = min(batch_size, a.n_items) if lazy else a.n_items
    return Workspace(
        room(users, a.row_width),
        room(items, a.row_width),
        room(a.size - a.table_size),
        room(sum(a.layer_widths) * batch_size),
        room(sum(a.layer_widths) * batch_size),
        room(a.gmf_width * batch_size),
        room(batch_size),
        np.full(a.n_users if lazy else 0, -1, np.int32),
        np.full(a.n_items if lazy else 0, -1, np.int32),
        np.zeros((2, batch_size if lazy else 0), np.int32),
        np.zeros((2, batch_size if lazy else 0), np.int32),
    )
