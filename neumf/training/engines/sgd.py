"""SGD in batches, compiled.

A batch's rows are on their way through the caches most of its time. So each is read once before the
layers and once after them, and a row that one sample alone uses moves there and then: its gradient
is never stored. That is the same step, since no other sample of the batch asks for that row.
"""

from __future__ import annotations

import numpy as np

from neumf.arrays import Floats
from neumf.compiled import jit
from neumf.data.interactions import Codes
from neumf.model.layout import Layout, matrix
from neumf.prefetch import prefetch_row
from neumf.training.engines.batches import list_rows, number_rows
from neumf.training.engines.dropout import (
    ONE,
    ZERO,
    DropoutMask,
    drop_pair,
    drop_pair_backward,
    dropout_mask,
)
from neumf.training.engines.layers import backward_layers, cross_entropy, forward_layers
from neumf.training.engines.one_at_a_time import AHEAD
from neumf.training.engines.penalty import count_uses
from neumf.training.engines.schedule import learning_rate
from neumf.training.engines.workspace import StepConstants, Workspace
from neumf.training.negatives import Bits
from neumf.views import view


@jit
def score(one: Floats, other: Floats, weight: Floats) -> np.float32:
    """The GMF half of a logit."""
    total = ZERO
    for j in range(one.size):
        total += one[j] * other[j] * weight[j]
    return total


@jit
def read_rows(
    batch: Codes, tables: Floats, mask: DropoutMask, weight: Floats, x: Floats, logits: Floats
) -> None:
    """x [n * 2 m] = dropout([P_u ; Q_i]), logits [n] = w . (p_u * q_i)."""
    n, g = len(logits), weight.size
    m = x.size // (2 * n)
    for b in range(n):
        ahead = min(b + AHEAD, n - 1)
        prefetch_row(tables, batch[0, ahead], m + g)
        prefetch_row(tables, batch[1, ahead], m + g)
        user, item = batch[0, b] * (m + g), batch[1, b] * (m + g)
        both = view(x, b * 2 * m, 2 * m)
        drop_pair(mask, b * m, view(tables, user, m), view(tables, item, m), both)
        logits[b] = score(view(tables, user + m, g), view(tables, item + m, g), weight)


@jit
def learn_weight(one: Floats, other: Floats, d_logit: np.float32, d_weight: Floats) -> None:
    for j in range(one.size):
        d_weight[j] += d_logit * one[j] * other[j]


@jit
def move(row: Floats, keep: np.float32, size: np.float32, gradient: Floats) -> None:
    for j in range(row.size):
        row[j] = keep * row[j] - size * gradient[j]


@jit
def move_towards(
    row: Floats, keep: np.float32, size: np.float32, other: Floats, weight: Floats
) -> None:
    """A step of the GMF half of ``row``, of which ``other`` is the sample's other."""
    for j in range(row.size):
        row[j] = keep * row[j] - size * weight[j] * other[j]


@jit
def move_both(
    one: Floats, other: Floats, keep: np.float32, size: np.float32, weight: Floats
) -> None:
    """The same for both at once."""
    for j in range(one.size):
        p, q, step = one[j], other[j], size * weight[j]
        one[j] = keep * p - step * q
        other[j] = keep * q - step * p


@jit
def move_rows(
    batch: Codes,
    slots: Codes,
    counts: Codes,
    tables: Floats,
    moves: Floats,
    mask: DropoutMask,
    weight: Floats,
    d_weight: Floats,
    dx: Floats,
    d_logit: Floats,
    size: np.float32,
    keep: np.float32,
    fixed: bool,
) -> None:
    """Move each row that one sample uses. Of the others sum the ``moves`` [rows * width]."""
    n, g = len(d_logit), weight.size
    m = dx.size // (2 * n)
    for b in range(n):
        ahead = min(b + AHEAD, n - 1)
        prefetch_row(tables, batch[0, ahead], m + g)
        prefetch_row(tables, batch[1, ahead], m + g)
        to_user, to_item = batch[0, b] * (m + g), batch[1, b] * (m + g)
        user, item = view(tables, to_user + m, g), view(tables, to_item + m, g)
        if not fixed:
            learn_weight(user, item, d_logit[b], d_weight)
        users, items, keep_user, keep_item = tables, tables, keep, keep
        if counts[slots[0, b]] > 1:
            users, to_user, keep_user = moves, slots[0, b] * (m + g), ONE
        if counts[slots[1, b]] > 1:
            items, to_item, keep_item = moves, slots[1, b] * (m + g), ONE
        drop_pair_backward(mask, b * m, view(dx, b * 2 * m, 2 * m))
        move(view(users, to_user, m), keep_user, size, view(dx, b * 2 * m, m))
        move(view(items, to_item, m), keep_item, size, view(dx, b * 2 * m + m, m))
        step = size * d_logit[b]
        if counts[slots[1, b]] > 1:
            move_towards(view(moves, to_item + m, g), ONE, step, user, weight)
            move_towards(view(users, to_user + m, g), keep_user, step, item, weight)
        elif counts[slots[0, b]] > 1:
            move_towards(view(moves, to_user + m, g), ONE, step, item, weight)
            move_towards(item, keep, step, user, weight)
        else:
            move_both(user, item, keep, step, weight)


@jit
def move_shared_rows(
    tables: Floats, touched: Codes, counts: Codes, moves: Floats, width: int, shrink: float
) -> None:
    """Move the rows that several samples use; a row shrinks by ``shrink`` for each of them. Clears
    the moves and the counts."""
    for k in range(len(touched)):
        if counts[k] > 1:
            keep = np.float32(1 - shrink * counts[k])
            row, change = view(tables, touched[k] * width, width), view(moves, k * width, width)
            for j in range(width):
                row[j] = keep * row[j] + change[j]
                change[j] = ZERO
        counts[k] = 0


@jit
def descend(parameters: Floats, gradient: Floats, size: np.float32, l2: np.float32) -> None:
    """One step of the layers, which all samples use, with their penalty; clears the gradient for
    the next."""
    for k in range(gradient.size):
        parameters[k] -= size * (gradient[k] + l2 * parameters[k])
        gradient[k] = ZERO


@jit
def descend_in_batches(
    layout: Layout,
    tables: Floats,
    layers: Floats,
    work: Workspace,
    users: Codes,
    items: Codes,
    labels: Bits,
    constants: StepConstants,
    step: int,
    seen: int,
) -> float:
    """One step for each batch, the first being number ``step + 1``, after ``seen`` samples of the
    run. The rate is one a sample: a step goes along the sum of the samples' gradients, not their
    mean. Returns the summed loss."""
    width, out = work.d_rows.shape[1], layout.output_at
    moves, behind = work.d_rows.reshape(-1), layout.output_at + layout.gmf_width
    weight, d_weight = layers[out:behind], work.d_layers[out:behind]
    total = 0.0
    for start in range(0, len(users), constants.batch_size):
        step += 1
        stop = min(start + constants.batch_size, len(users))
        n = stop - start
        batch, slots = matrix(work.batch, 0, 2, n), matrix(work.slots, 0, 2, n)
        list_rows(users[start:stop], items[start:stop], layout.n_users, batch)
        touched = work.touched[: number_rows(batch, work.slot_of, slots, work.touched)]
        count_uses(slots, work.counts)
        mask, d_logit = dropout_mask(constants, step, 0), work.d_logit[:n]
        read_rows(batch, tables, mask, weight, work.activations[: n * layout.widths[0]], d_logit)
        hidden = forward_layers(layout, layers, work, n, constants, step)
        np.dot(hidden, layers[behind:-1], work.mlp_logit[:n])
        total += cross_entropy(d_logit, work.mlp_logit[:n], layers[-1], labels[start:stop])
        dx = backward_layers(layout, layers, work, n, constants, step)
        rate = learning_rate(constants, seen + start)
        size, shrink = np.float32(rate * n), rate * constants.l2
        move_rows(
            batch,
            slots,
            work.counts,
            tables,
            moves,
            mask,
            weight,
            d_weight,
            dx.reshape(-1),
            d_logit,
            size,
            np.float32(1 - shrink),
            constants.fixed,
        )
        move_shared_rows(tables, touched, work.counts, moves, width, shrink)
        descend(layers, work.d_layers, size, np.float32(constants.l2))
        if constants.fixed:
            weight[:] = ONE
    return total
