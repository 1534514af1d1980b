"""The compiled half of :mod:`neumf.training.engines.fused`, which has the mathematics."""

from __future__ import annotations

import math

import numpy as np

from neumf.arrays import Floats
from neumf.compiled import jit, relu
from neumf.data.interactions import Codes
from neumf.model.layout import Layout, matrix
from neumf.training.engines.adam import adam, adam_rows, step_size, touch
from neumf.training.engines.dropout import (
    ONE,
    ZERO,
    DropoutMask,
    draw,
    drop_hidden,
    drop_one,
    drop_other,
    dropout_mask,
)
from neumf.training.engines.schedule import learning_rate
from neumf.training.engines.sgd import (
    count_uses,
    descend,
    descend_rows,
    fetch,
    penalise,
    penalise_rows,
)
from neumf.training.engines.workspace import ROWS_AT_ONCE, AdamState, StepConstants, Workspace
from neumf.training.negatives import Bits


@jit
def gather(batch: Codes, rows: Floats, mask: DropoutMask, x: Floats, gmf: Floats) -> None:
    """x = dropout([P_u ; Q_i]), gmf = p_u * q_i."""
    m = x.shape[1] // 2
    for b in range(x.shape[0]):
        user, item = rows[batch[0, b]], rows[batch[1, b]]
        for j in range(m):
            bits = draw(mask, b * m + j)
            x[b, j] = drop_one(mask, bits, user[j])
            x[b, m + j] = drop_other(mask, bits, item[j])
        for j in range(gmf.shape[1]):
            gmf[b, j] = user[m + j] * item[m + j]


@jit
def activate(z: Floats, bias: Floats, tile: Floats) -> None:
    """z [n * width] = relu(z + bias). The bias is laid out for several rows, so that narrow layers
    fill vector registers too. NaN passes, as in PyTorch."""
    for start in range(0, tile.size, bias.size):
        tile[start : start + bias.size] = bias
    for start in range(0, z.size, tile.size):
        some = z[start : start + tile.size]
        for k in range(some.size):
            some[k] = relu(some[k] + tile[k])


@jit
def cross_entropy(logits: Floats, more: Floats, bias: np.float32, labels: Bits) -> float:
    """The sum of the cross-entropies of logits + more + bias; writes the gradient of their mean
    over ``logits``. The logarithm of 1 + e^-|s| is taken of products of many, since it is slow."""
    n = len(labels)
    total, product = 0.0, 1.0
    for b in range(n):
        logit, label = logits[b] + more[b] + bias, np.float32(labels[b])
        e = np.exp(-abs(logit))
        total += max(logit, ZERO) - label * logit
        product *= 1.0 + e
        if product > 1e200:
            total += math.log(product)
            product = 1.0
        logits[b] = ((ONE if logit >= ZERO else e) / (ONE + e) - label) / np.float32(n)
    return total + math.log(product)


@jit
def output(gmf: Floats, hidden: Floats, out: Floats, labels: Bits, work: Workspace) -> float:
    """The summed loss; leaves its gradient by the logits in d_logit."""
    n, g = gmf.shape
    from_gmf, from_mlp = work.d_logit[:n], work.mlp_logit[:n]
    np.dot(gmf, out[:g], from_gmf)  # of an absent half, 0
    np.dot(hidden, out[g:-1], from_mlp)
    return cross_entropy(from_gmf, from_mlp, out[-1], labels)


@jit
def output_backward(
    gmf: Floats, hidden: Floats, out: Floats, work: Workspace, d_out: Floats, dz: Floats
) -> None:
    """The gradients of the output layer, and of the last hidden layer before its ReLU."""
    n, g = gmf.shape
    d_logit = work.d_logit[:n]
    np.dot(d_logit, gmf, d_out[:g])
    np.dot(d_logit, hidden, d_out[g:-1])
    d_out[-1] = d_logit.sum()
    for b in range(n):
        for j in range(hidden.shape[1]):
            dz[b, j] = d_logit[b] * out[g + j] if hidden[b, j] > ZERO else ZERO


@jit
def activate_backward(dx: Floats, x: Floats, scale: np.float32) -> None:
    """From the gradient of x = dropout(relu(z)) to that of z, in place: x > 0 where both let it
    through."""
    for k in range(dx.size):
        dx[k] = dx[k] * scale if x[k] > ZERO else ZERO


@jit
def scatter(
    batch: Codes,
    slots: Codes,
    rows: Floats,
    mask: DropoutMask,
    dx: Floats,
    d_logit: Floats,
    weight: Floats,
    d_rows: Floats,
) -> None:
    """Add each sample's gradient to the rows of its user and its item."""
    m = dx.shape[1] // 2
    for b in range(dx.shape[0]):
        user, item = rows[batch[0, b]], rows[batch[1, b]]
        to_user, to_item = d_rows[slots[0, b]], d_rows[slots[1, b]]
        for j in range(m):
            bits = draw(mask, b * m + j)
            to_user[j] += drop_one(mask, bits, dx[b, j])
            to_item[j] += drop_other(mask, bits, dx[b, m + j])
        for j in range(user.size - m):
            d = d_logit[b] * weight[j]
            to_user[m + j] += d * item[m + j]
            to_item[m + j] += d * user[m + j]


@jit
def number_rows(batch: Codes, slot_of: Codes, slots: Codes, touched: Codes) -> int:
    """Number the distinct rows of a batch: ``touched`` [2 B] lists them, ``slots`` [2, B] says
    which each sample's are. Returns how many there are."""
    n = 0
    for side in range(2):
        for b in range(batch.shape[1]):
            row = batch[side, b]
            if slot_of[row] < 0:
                slot_of[row], touched[n] = n, row
                n += 1
            slots[side, b] = slot_of[row]
    for k in range(n):
        slot_of[touched[k]] = -1
    return n


@jit
def forward_pass(
    layout: Layout,
    rows: Floats,
    layers: Floats,
    work: Workspace,
    batch: Codes,
    labels: Bits,
    constants: StepConstants,
    step: int,
) -> float:
    """Fill the activations and d_logit; returns the summed loss."""
    n, widths, g, last = len(labels), layout.widths, layout.gmf_width, len(layout.widths) - 2
    gmf, x = matrix(work.gmf, 0, n, g), matrix(work.activations, 0, n, widths[0])
    gather(batch, rows, dropout_mask(constants, step, 0), x, gmf)
    for k in range(last + 1):
        width = widths[k + 1]
        weight = matrix(layers, layout.weights_at[k], widths[k], width)
        z = matrix(work.activations, work.activations_at[k + 1], n, width)
        np.dot(x, weight, z)
        bias = layers[layout.biases_at[k] : layout.biases_at[k] + width]
        activate(z.reshape(-1), bias, work.tile[: ROWS_AT_ONCE * width])
        if k < last:
            drop_hidden(z.reshape(-1), dropout_mask(constants, step, k + 1))
        x = z
    return output(gmf, x, layers[layout.output_at :], labels, work)


@jit
def backward_pass(
    layout: Layout,
    rows: Floats,
    layers: Floats,
    work: Workspace,
    batch: Codes,
    slots: Codes,
    constants: StepConstants,
    step: int,
) -> None:
    """Fill d_rows and d_layers. Sums over the batch are products with ones."""
    n, widths, g, last = batch.shape[1], layout.widths, layout.gmf_width, len(layout.widths) - 2
    ones, gmf, out = work.ones[:n], matrix(work.gmf, 0, n, g), layers[layout.output_at :]
    x = matrix(work.activations, work.activations_at[last + 1], n, widths[last + 1])
    dz = matrix(work.d_activations, work.activations_at[last + 1], n, widths[last + 1])
    output_backward(gmf, x, out, work, work.d_layers[layout.output_at :], dz)
    for k in range(last, -1, -1):
        weight = matrix(layers, layout.weights_at[k], widths[k], widths[k + 1])
        d_weight = matrix(work.d_layers, layout.weights_at[k], widths[k], widths[k + 1])
        x = matrix(work.activations, work.activations_at[k], n, widths[k])
        dx = matrix(work.d_activations, work.activations_at[k], n, widths[k])
        np.dot(ones, dz, work.d_layers[layout.biases_at[k] : layout.biases_at[k] + widths[k + 1]])
        np.dot(x.T, dz, d_weight)
        np.dot(dz, weight.T, dx)
        if k > 0:
            scale = dropout_mask(constants, step, k).scale
            activate_backward(dx.reshape(-1), x.reshape(-1), scale)
        dz = dx
    scatter(
        batch, slots, rows, dropout_mask(constants, step, 0), dz, work.d_logit, out, work.d_rows
    )


@jit
def update(
    tables: AdamState,
    table: Floats,
    layers: AdamState,
    work: Workspace,
    touched: Codes,
    constants: StepConstants,
    rate: float,
    step: int,
    n: int,
) -> None:
    """Move the parameters along the gradient of a batch of n, and clear it. The rate of SGD is one
    a sample: it moves along the sum of the samples' gradients, not their mean."""
    if constants.sgd:
        size = np.float32(rate * n)
        descend(layers.parameters, work.d_layers, size)
        descend_rows(table, touched, work.counts, work.d_rows, size, rate * constants.l2)
        return
    if constants.l2 > 0:
        penalise_rows(table, touched, work.counts, work.d_rows, constants.l2, n)
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
    table = matrix(tables.parameters, 0, layout.n_users + layout.n_items, work.d_rows.shape[1])
    total = 0.0
    for start in range(0, len(users), constants.batch_size):
        step += 1
        stop = min(start + constants.batch_size, len(users))
        batch = matrix(work.batch, 0, 2, stop - start)
        for b in range(stop - start):
            batch[0, b], batch[1, b] = users[start + b], layout.n_users + items[start + b]
        slots, touched = batch, work.touched
        if work.lazy:
            slots = matrix(work.slots, 0, 2, stop - start)
            touched = work.touched[: number_rows(batch, work.slot_of, slots, work.touched)]
            if constants.sgd:
                fetch(tables.parameters, touched, work.d_rows.shape[1])
            else:
                work.gmf[0] = touch(tables, touched, work.d_rows.shape[1])
        label = labels[start:stop]
        total += forward_pass(layout, table, layers.parameters, work, batch, label, constants, step)
        backward_pass(layout, table, layers.parameters, work, batch, slots, constants, step)
        if constants.l2 > 0:
            penalise(layers.parameters, work.d_layers, constants.l2)
            count_uses(slots, work.counts)
        rate = learning_rate(constants, seen + start)
        update(tables, table, layers, work, touched, constants, rate, step, stop - start)
        if constants.fixed:
            layers.parameters[layout.output_at : layout.output_at + layout.gmf_width] = ONE
    return total
