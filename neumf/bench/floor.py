"""What a step cannot go below: its matrix products through the same BLAS, with nothing between
them, and one pass of Adam over its memory."""

from __future__ import annotations

import numpy as np

from neumf.arrays import Floats
from neumf.compiled import jit
from neumf.floating_point import arithmetic
from neumf.model.layout import Layout, matrix
from neumf.model.parameters import Architecture
from neumf.training.engines.adam import adam
from neumf.training.engines.fused import FusedEngine
from neumf.training.engines.workspace import AdamState, Workspace, aligned_zeros, make_workspace


class Floor:
    """The floor of one architecture at one batch size."""

    def __init__(self, architecture: Architecture, batch_size: int, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self._layout = Layout.of(architecture)
        self._batch_size = batch_size
        self._state = AdamState(*(aligned_zeros(architecture.size, lane) for lane in range(3)))
        self._state.parameters[:] = random.normal(0, 0.1, architecture.size)
        self._gradient = aligned_zeros(architecture.size, 3)
        self._work = make_workspace(architecture, batch_size, lazy=True)
        self._work.activations[:] = random.random(self._work.activations.shape)
        self._work.d_activations[:] = random.random(self._work.d_activations.shape)

    def copy_state(self, engine: FusedEngine) -> None:
        """Go on from an engine's parameters and moments."""
        for mine, *theirs in zip(self._state, engine.tables, engine.layers, strict=True):
            mine[:] = np.concatenate(theirs)

    @arithmetic()
    def products(self, steps: int) -> None:
        layers = self._state.parameters[self._layout.tables :]
        repeat_products(self._layout, layers, self._work, self._batch_size, steps)

    @arithmetic()
    def adam(self, steps: int) -> None:
        repeat_adam(self._state, self._gradient, steps)


@jit
def repeat_products(layout: Layout, layers: Floats, work: Workspace, n: int, steps: int) -> None:
    """Forward, then both halves of backward, as in :mod:`neumf.training.engines.layers`."""
    widths, last = layout.widths, len(layout.widths) - 2
    for _ in range(steps):
        for k in range(last + 1):
            weight = matrix(layers, layout.weights_at[k], widths[k], widths[k + 1])
            x = matrix(work.activations, work.activations_at[k], n, widths[k])
            z = matrix(work.activations, work.activations_at[k + 1], n, widths[k + 1])
            np.dot(x, weight, z)
        for k in range(last, -1, -1):
            weight = matrix(layers, layout.weights_at[k], widths[k], widths[k + 1])
            d_weight = matrix(work.d_layers, layout.weights_at[k], widths[k], widths[k + 1])
            x = matrix(work.activations, work.activations_at[k], n, widths[k])
            dz = matrix(work.d_activations, work.activations_at[k + 1], n, widths[k + 1])
            np.dot(x.T, dz, d_weight)
            dx = matrix(work.d_activations, work.activations_at[k], n, widths[k])
            np.dot(dz, weight.T, dx)


@jit
def repeat_adam(state: AdamState, gradient: Floats, steps: int) -> None:
    """Steps of size 0, with weight decay as the gradient: the parameters stay as they are."""
    for _ in range(steps):
        adam(state, gradient, np.float32(0), np.float32(1e-8), np.float32(1e-2))
