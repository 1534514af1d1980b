"""Training on one CPU core at the speed of the arithmetic: an epoch's chunk is one compiled call.

For a batch of n samples (u, i, y), with layer inputs X_k, hidden layers H_k and dropout masks M_k::

    X_0 = [P_u ; Q_i] * M_0               Z_k = X_k-1 W_k + b_k
    X_k = relu(Z_k) * M_k  (k < L)        H = relu(Z_L)
    s   = w . [p_u * q_i ; H] + b         loss = mean over the batch of log(1 + e^s) - y s

and backwards, with d = (sigmoid(s) - y) / n::

    dw  = d [p_u * q_i ; H]               dZ_L = d w_H * (H > 0)
    dW_k = X_k-1^T dZ_k                   db_k = sum of dZ_k
    dZ_k-1 = dZ_k W_k^T * M_k-1 * (Z_k-1 > 0)
    [dP_u ; dQ_i] += dZ_1 W_1^T * M_0     dp_u += d w_p * q_i,  dq_i += d w_p * p_u

M holds 0 or 1 / (1 - dropout): a hash of (seed, step, layer, element), see
:mod:`neumf.training.engines.dropout`. ``l2`` adds to a sample's loss l2 / 2 times the squared
length of all that it uses: the embedding rows of its user and its item, every layer with its bias.

Then Adam (Kingma & Ba 2015) as torch.optim.Adam computes it, L2 weight decay in the gradient. Lazy
updates follow torch.optim.SparseAdam: only rows of the batch's users and items move, their
duplicates summed first, weight decay in their gradient alone.

Or SGD with the learning rate per sample: a step goes along the sum of a batch's gradients, so that
batches of 1 and of 256 travel equally far in an epoch and end alike. GMF alone with its output
weights fixed needs no batches: see :mod:`neumf.training.engines.one_at_a_time`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from neumf.arrays import Floats
from neumf.compiled import frozen
from neumf.floating_point import arithmetic
from neumf.hyperparameters import Configuration
from neumf.model.layout import Layout
from neumf.model.parameters import Parameters
from neumf.training.engines.dropout import drop_hidden, drop_pair, dropout_mask
from neumf.training.engines.kernels import take_steps
from neumf.training.engines.one_at_a_time import train_gmf
from neumf.training.engines.sgd import descend_in_batches
from neumf.training.engines.updates import updates_lazily
from neumf.training.engines.workspace import AdamState, StepConstants, aligned_zeros, make_workspace
from neumf.training.negatives import Samples
from neumf.training.state import State


class FusedEngine:
    """See :class:`neumf.training.engines.interface.Engine`. ``tables`` and ``layers`` are
    views of the parameters and of Adam's moments.

    Args:
        parameters: where training starts; they stay as they are.
        configuration: a value for every hyperparameter.
        seed: of dropout.
        budget: samples of the whole run, over which a schedule falls.
    """

    name = "fused"

    def __init__(
        self, parameters: Parameters, configuration: Configuration, seed: int, budget: int = 0
    ) -> None:
        a, h = parameters.architecture, configuration
        assert budget or h.schedule == "constant"
        moments = 0 if h.optimizer == "sgd" else a.size
        state = AdamState(
            *(aligned_zeros(n, lane) for lane, n in enumerate((a.size, moments, moments)))
        )
        state.parameters[:] = parameters.flat
        self._all = state
        self._parameters = Parameters(a, state.parameters)
        self.tables = AdamState(*(array[: a.table_size] for array in state))
        self.layers = AdamState(*(array[a.table_size :] for array in state))
        self._layout = Layout.of(a)
        self._constants = StepConstants.of(h, seed, budget)
        self._one_at_a_time = self._constants.sgd and self._constants.fixed and not a.mlp_layers
        self._step, self._seen = 0, 0
        lazy = updates_lazily(a, h)
        self.update = "lazy" if lazy else "dense"
        self.work = make_workspace(a, 1, lazy)

    @property
    def parameters(self) -> Parameters:
        return self._parameters

    def state(self) -> State:
        return State(self._all._asdict(), {"step": self._step, "seen": self._seen})

    def resume(self, state: State) -> None:
        for name, array in self._all._asdict().items():
            array[:] = state.arrays[name]
        self._step, self._seen = state.facts["step"], state.facts["seen"]

    def train(self, chunks: Iterable[Samples]) -> float:
        total, n = 0.0, 0
        for chunk in chunks:
            total += self._train(chunk)
            n += len(chunk)
            self._seen += len(chunk)
            self._step += math.ceil(len(chunk) / self._constants.batch_size)
        return total / max(n, 1)

    @arithmetic()  # not around ``chunks``: they are drawn in the caller's environment
    def _train(self, chunk: Samples) -> float:
        """The summed loss."""
        users, items, labels = frozen(chunk.users), frozen(chunk.items), frozen(chunk.labels)
        if self._one_at_a_time:
            return train_gmf(
                self._layout,
                self.tables.parameters,
                self.layers.parameters,
                users,
                items,
                labels,
                self._constants,
                self._seen,
            )
        self._make_room(min(self._constants.batch_size, len(chunk)))
        if self._constants.sgd:
            return descend_in_batches(
                self._layout,
                self.tables.parameters,
                self.layers.parameters,
                self.work,
                users,
                items,
                labels,
                self._constants,
                self._step,
                self._seen,
            )
        return take_steps(
            self._layout,
            self.tables,
            self.layers,
            self.work,
            users,
            items,
            labels,
            self._constants,
            self._step,
            self._seen,
        )

    def _make_room(self, batch: int) -> None:
        if batch > len(self.work.d_logit):
            self.work = make_workspace(self._parameters.architecture, batch, self.work.lazy)


def mask_array(seed: int, step: int, layer: int, shape: tuple[int, int], dropout: float) -> Floats:
    """The dropout mask [batch, width] of a layer's input (from 0) in a step (from 1): 0 or
    1 / (1 - dropout)."""
    mask = dropout_mask(StepConstants(1, 0.0, 0.0, dropout, np.uint64(seed)), step, layer)
    out = np.ones(shape, np.float32)
    if layer == 0:
        m = shape[1] // 2
        row = np.ones(m, np.float32)  # every user's and every item's
        for b in range(shape[0]):
            drop_pair(mask, b * m, row, row, out[b])
    else:
        drop_hidden(out.reshape(-1), mask)
    return out
