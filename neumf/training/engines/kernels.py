"""Adam's steps in batches, compiled; :mod:`neumf.training.engines.fused` has the mathematics."""

from __future__ import annotations

import numpy as np

from neumf.arrays import Floats
from neumf.compiled import jit
from neumf.data.interactions import Codes
from neumf.model.layout import Layout, matrix
from neumf.training.engines.adam import adam, adam_rows, step_size, touch
from neumf.training.engines.batches import list_rows, number_rows
from neumf.training.engines.dropout import (
    ONE,
    DropoutMask,
    drop_pair,
    drop_pair_backward,
    dropout_mask,
)
from neumf.training.engines.layers import backward_layers, cross_entropy, forward_layers
from neumf.training.engines.penalty import count_uses, penalise, penalise_rows
from neumf.training.engines.schedule import learning_rate
from neumf.training.engines.workspace import AdamState, StepConstants, Workspace
from neumf.training.negatives import Bits
from neumf.views import view


@jit
def multiply(one: Floats, other: Floats, product: Floats) -> None:
    for j in range(one.size):
        product[j] = one[j] * other[j]


@jit
def gather(batch: Codes, tables: Floats, mask: DropoutMask, x: Floats, gmf: Floats, n: int) -> None:
    """x [n * 2 m] = dropout([P_u ; Q_i]), gmf [n * g] = p_u * q_i."""
    m, g = x.size // (2 * n), gmf.size // n
    for b in range(n):
        user, item = batch[0, b] * (m + g), batch[1, b] * (m + g)
        both = view(x, b * 2 * m, 2 * m)
        drop_pair(mask, b * m, view(tables, user, m), view(tables, item, m), both)
        multiply(view(tables, user + m, g), view(tables, item + m, g), view(gmf, b * g, g))


@jit
def output(gmf: Floats, hidden: Floats, out: Floats, labels: Bits, work: Workspace) -> float:
    """The summed loss; leaves its gradient by the logits in d_logit."""
    n, g = gmf.shape
    from_gmf, from_mlp = work.d_logit[:n], work.mlp_logit[:n]
    np.dot(gmf, out[:g], from_gmf)  # of an absent half, 0
    np.dot(hidden, out[g:-1], from_mlp)
    return cross_entropy(from_gmf, from_mlp, out[-1], labels)


@jit
def add(row: Floats, gradient: Floats) -> None:
    for j in range(row.size):
        row[j] += gradient[j]


@jit
def add_product(row: Floats, d_logit: np.float32, weight: Floats, other: Floats) -> None:
    for j in range(row.size):
        row[j] += d_logit * weight[j] * other[j]


@jit
def scatter(
    batch: Codes,
    slots: Codes,
    tables: Floats,
    mask: DropoutMask,
    dx: Floats,
    d_logit: Floats,
    weight: Floats,
    d_rows: Floats,
) -> None:
    """Add each sample's gradient to the rows of its user and its item."""
    n, g = len(d_logit), weight.size
    m = dx.size // (2 * n)
    for b in range(n):
        user, item = batch[0, b] * (m + g), batch[1, b] * (m + g)
        to_user, to_item = slots[0, b] * (m + g), slots[1, b] * (m + g)
        drop_pair_backward(mask, b * m, view(dx, b * 2 * m, 2 * m))
        add(view(d_rows, to_user, m), view(dx, b * 2 * m, m))
        add(view(d_rows, to_item, m), view(dx, b * 2 * m + m, m))
        add_product(view(d_rows, to_user + m, g), d_logit[b], weight, view(tables, item + m, g))
        add_product(view(d_rows, to_item + m, g), d_logit[b], weight, view(tables, user + m, g))


@jit
def update(
    tables: AdamState,
    layers: AdamState,
    work: Workspace,
    touched: Codes,
    constants: StepConstants,
    rate: float,
    step: int,
) -> None:
    """Move the parameters along the gradient of a batch, and clear it."""
    decay = np.float32(constants.weight_decay)
    size, epsilon = step_size(rate, step)
    adam(layers, work.d_layers, size, epsilon, decay)
    if work.lazy:
        adam_rows(tables, touched, work.d_rows, size, decay)
    else:
        adam(tables, work.d_rows.reshape(-1), size, epsilon, decay)


@jit
def take_steps(
    layout: Layout,
    tables: AdamState,
    layers: AdamState,
    work: Workspace,
    users: Codes,
    items: Codes,
    labels: Bits,
    constants: StepConstants,
    step: int,
    seen: int,
) -> float:
    """One step for each batch, the first being number ``step + 1``, after ``seen`` samples of the
    run. Returns the summed loss."""
    width, out = work.d_rows.shape[1], layout.output_at
    table = matrix(tables.parameters, 0, layout.n_users + layout.n_items, width)
    gmf_half = slice(out, out + layout.gmf_width)
    weight, d_weight = layers.parameters[gmf_half], work.d_layers[gmf_half]
    total = 0.0
    for start in range(0, len(users), constants.batch_size):
        step += 1
        stop = min(start + constants.batch_size, len(users))
        n = stop - start
        batch = matrix(work.batch, 0, 2, n)
        list_rows(users[start:stop], items[start:stop], layout.n_users, batch)
        slots, touched = batch, work.touched
        if work.lazy:
            slots = matrix(work.slots, 0, 2, n)
            touched = work.touched[: number_rows(batch, work.slot_of, slots, work.touched)]
            work.gmf[0] = touch(tables, touched, width)
        mask, d_logit = dropout_mask(constants, step, 0), work.d_logit[:n]
        gmf = matrix(work.gmf, 0, n, layout.gmf_width)
        x = work.activations[: n * layout.widths[0]]
        gather(batch, tables.parameters, mask, x, gmf.reshape(-1), n)
        hidden = forward_layers(layout, layers.parameters, work, n, constants, step)
        total += output(gmf, hidden, layers.parameters[out:], labels[start:stop], work)
        np.dot(d_logit, gmf, d_weight)
        dx = backward_layers(layout, layers.parameters, work, n, constants, step).reshape(-1)
        d_rows = work.d_rows.reshape(-1)
        scatter(batch, slots, tables.parameters, mask, dx, d_logit, weight, d_rows)
        if constants.l2 > 0:
            penalise(layers.parameters, work.d_layers, constants.l2)
            count_uses(slots, work.counts)
            penalise_rows(table, touched, work.counts, work.d_rows, constants.l2, n)
        rate = learning_rate(constants, seen + start)
        update(tables, layers, work, touched, constants, rate, step)
        if constants.fixed:
            weight[:] = ONE
    return total
