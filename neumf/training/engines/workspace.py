"""The memory that the compiled half of :mod:`neumf.training.engines.fused` works on: it allocates
none itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neumf.arrays import Floats, Ints
from neumf.data.interactions import Codes
from neumf.hyperparameters import HYPERPARAMETERS, Configuration
from neumf.model.parameters import Architecture

ROWS_AT_ONCE = 16
"""Rows that get their bias together: even a layer of one column fills two vector registers."""


class StepConstants(NamedTuple):
    """What is the same for every step of a run."""

    batch_size: int
    lr: float
    weight_decay: float
    dropout: float
    seed: np.uint64
    sgd: bool = False  # else Adam
    l2: float = 0.0
    fixed: bool = False  # the output weights of the GMF half are 1
    schedule: int = 0  # its place among the choices
    budget: int = 0  # samples of the whole run, over which a schedule falls

    @classmethod
    def of(cls, h: Configuration, seed: int, budget: int) -> StepConstants:
        return cls(
            h.batch_size,
            h.lr,
            h.weight_decay,
            h.dropout,
            np.uint64(seed),
            h.optimizer == "sgd",
            h.l2,
            h.fixes_gmf_output,
            HYPERPARAMETERS["schedule"].choices.index(h.schedule),
            budget,
        )


class AdamState(NamedTuple):
    """Parameters and Adam's moments, flat and of one length; SGD leaves the moments empty."""

    parameters: Floats
    mean: Floats
    square: Floats


class Workspace(NamedTuple):
    """Room for one batch of B samples."""

    lazy: bool  # a step updates the embedding rows of its batch, not all
    batch: Codes  # [2 * B] the row of each sample's user, then of its item
    d_rows: Floats  # [rows, row] 0: of the tables' rows, or if lazy, of the batch's distinct ones
    d_layers: Floats  # 0
    slots: Codes  # if lazy: the place in d_rows of each row in batch [2 * B]
    touched: Codes  # the place in the tables of each row in d_rows [rows]
    counts: Codes  # 0: how many samples of the batch use each row in d_rows [rows]
    slot_of: Codes  # if lazy: the inverse, -1 between steps [n_users + n_items]
    activations_at: Ints  # [layers + 1] offsets into the two that follow
    activations: Floats
    d_activations: Floats
    gmf: Floats  # [B * gmf_width]
    d_logit: Floats  # [B] before, the GMF half of the logits
    mlp_logit: Floats  # [B] their MLP half
    ones: Floats  # [B]
    tile: Floats  # a layer's bias, row after row [ROWS_AT_ONCE * widest layer]


def aligned_zeros(n: int, lane: int) -> Floats:
    """``n`` zeros that start on a cache line, in lane 0, 1, 2 or 3 of a page: Adam walks four
    arrays at once, and is twice as slow if all start at the same offset in a page."""
    buffer = np.zeros(n + 2048, np.float32)
    start = (lane * 1024 - buffer.ctypes.data) % 4096 // 4
    return buffer[start : start + n]


def make_workspace(a: Architecture, batch: int, lazy: bool) -> Workspace:
    """Room for batches of at most ``batch`` samples."""
    rows = 2 * batch if lazy else a.n_users + a.n_items
    activations = sum(a.layer_widths) * batch
    return Workspace(
        lazy,
        np.empty(2 * batch, np.int32),
        aligned_zeros(rows * a.row_width, 3).reshape(rows, a.row_width),
        np.zeros(a.size - a.table_size, np.float32),
        np.empty(2 * batch if lazy else 0, np.int32),
        np.arange(rows, dtype=np.int32),
        np.zeros(rows, np.int32),
        np.full(a.n_users + a.n_items if lazy else 0, -1, np.int32),
        np.cumsum([0, *a.layer_widths[:-1]]) * batch,
        np.empty(activations, np.float32),
        np.empty(activations, np.float32),
        np.empty(a.gmf_width * batch, np.float32),
        np.empty(batch, np.float32),
        np.empty(batch, np.float32),
        np.ones(batch, np.float32),
        np.empty(ROWS_AT_ONCE * max(a.layer_widths[1:], default=0), np.float32),
    )
