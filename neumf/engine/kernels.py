"""The compiled half of :mod:`neumf.engine.fused`, which has the mathematics."""

from __future__ import annotations

import math

import numpy as np

from neumf.compiled import jit, relu
from neumf.engine.buffers import Setting, State, Workspace
from neumf.engine.masks import KEEP_ALL, ONE, ZERO, Dropout, drop, dropout
from neumf.interactions import Codes
from neumf.layout import Layout, matrix
from neumf.negatives import Bits
from neumf.parameters import Floats

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""torch.optim.Adam's defaults."""


@jit
def gather(batch: Codes, rows: Floats, mask: Dropout, x: Floats, gmf: Floats) -> None:
    """x = dropout([P_u ; Q_i]), gmf = p_u * q_i."""
    m = x.shape[1] // 2
    for b in range(x.shape[0]):
        user, item, at = rows[batch[0, b]], rows[batch[1, b]], b * 2 * m
        for j in range(m):
            x[b, j] = drop(mask, at + j, user[j])
        for j in range(m):
            x[b, m + j] = drop(mask, at + m + j, item[j])
        for j in range(gmf.shape[1]):
            gmf[b, j] = user[m + j] * item[m + j]


@jit
def activate(z: Floats, bias: Floats, mask: Dropout) -> None:
    """z = dropout(relu(z + bias)). The comparison lets NaN through, as in PyTorch."""
    for b in range(z.shape[0]):
        at = b * z.shape[1]
        for j in range(z.shape[1]):
            a = z[b, j] + bias[j]
            z[b, j] = drop(mask, at + j, relu(a))


@jit
def output(gmf: Floats, hidden: Floats, labels: Bits, weight: Floats, d_logit: Floats) -> float:
    """The sum of the cross-entropies, and the gradient of their mean by the logits. The logarithm
    of 1 + e^-|s| is taken of products of many, since it is slow."""
    n, g = gmf.shape
    total, product = 0.0, 1.0
    for b in range(n):
        logit = weight[2 * g]
        for j in range(g):
            logit += gmf[b, j] * weight[j] + hidden[b, j] * weight[g + j]
        e, label = np.exp(-abs(logit)), np.float32(labels[b])
        total += max(logit, ZERO) - label * logit
        product *= 1.0 + e
        if product > 1e200:
            total += math.log(product)
            product = 1.0
        d_logit[b] = ((ONE if logit >= ZERO else e) / (ONE + e) - label) / np.float32(n)
    return total + math.log(product)


@jit
def output_backward(
    gmf: Floats,
    hidden: Floats,
    d_logit: Floats,
    weight: Floats,
    d_output: Floats,
    dz: Floats,
    d_bias: Floats,
) -> None:
    """The gradients of the output layer, and of the last hidden layer before its ReLU."""
    n, g = gmf.shape
    for b in range(n):
        d = d_logit[b]
        d_output[2 * g] += d
        for j in range(g):
            d_output[j] += d * gmf[b, j]
            d_output[g + j] += d * hidden[b, j]
            dz[b, j] = d * weight[g + j] if hidden[b, j] > ZERO else ZERO
            d_bias[j] += dz[b, j]


@jit
def activate_backward(dx: Floats, x: Floats, scale: np.float32, d_bias: Floats) -> None:
    """From the gradient of x = dropout(relu(z)) to that of z, in place: x > 0 where both let it
    through."""
    for b in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            dx[b, j] = dx[b, j] * scale if x[b, j] > ZERO else ZERO
            d_bias[j] += dx[b, j]


@jit
def scatter(
    batch: Codes,
    slots: Codes,
    rows: Floats,
    mask: Dropout,
    dx: Floats,
    d_logit: Floats,
    weight: Floats,
    d_rows: Floats,
) -> None:
    """Add each sample's gradient to the rows of its user and its item."""
    m = dx.shape[1] // 2
    for b in range(dx.shape[0]):
        user, item, at = rows[batch[0, b]], rows[batch[1, b]], b * 2 * m
        to_user, to_item = d_rows[slots[0, b]], d_rows[slots[1, b]]
        for j in range(m):
            to_user[j] += drop(mask, at + j, dx[b, j])
        for j in range(m):
            to_item[j] += drop(mask, at + m + j, dx[b, m + j])
        for j in range(user.size - m):
            d = d_logit[b] * weight[j]
            to_user[m + j] += d * item[m + j]
            to_item[m + j] += d * user[m + j]


@jit
def step_size(lr: float, step: int) -> tuple[np.float32, np.float32]:
    """Adam's step and its epsilon, both of which take up the bias corrections."""
    root = math.sqrt(1 - BETA2**step)
    return np.float32(lr * root / (1 - BETA1**step)), np.float32(EPSILON * root)


@jit
def adam(
    state: State, gradient: Floats, size: np.float32, epsilon: np.float32, decay: np.float32
) -> None:
    """One step; clears the gradient for the next."""
    parameters, mean, square = state
    for k in range(gradient.size):
        g = gradient[k] + decay * parameters[k]
        m = mean[k] + np.float32(1 - BETA1) * (g - mean[k])
        v = np.float32(BETA2) * square[k] + np.float32(1 - BETA2) * g * g
        mean[k], square[k], gradient[k] = m, v, ZERO
        parameters[k] -= size * m / (np.sqrt(v) + epsilon)


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
def touch(tables: State, rows: Codes, width: int) -> np.float32:
    """Read a number of each cache line of some rows, so that memory delivers them all at once, not
    one after the other when they are needed. Without the sum a compiler would leave that out."""
    total = ZERO
    for row in rows:
        for j in range(0, width + 15, 16):
            at = row * width + min(j, width - 1)
            total += tables.parameters[at] + tables.mean[at] + tables.square[at]
    return total


@jit
def adam_rows(
    tables: State, rows: Codes, d_rows: Floats, size: np.float32, decay: np.float32
) -> None:
    """One step for some rows, in the formula of torch.optim.SparseAdam: its epsilon differs."""
    width = d_rows.shape[1]
    for k in range(len(rows)):
        at, to = rows[k] * width, (rows[k] + 1) * width
        row = State(tables.parameters[at:to], tables.mean[at:to], tables.square[at:to])
        adam(row, d_rows[k], size, np.float32(EPSILON), decay)


@jit
def forward(
    layout: Layout,
    rows: Floats,
    layers: Floats,
    work: Workspace,
    batch: Codes,
    labels: Bits,
    setting: Setting,
    step: int,
) -> float:
    """Fill the activations and d_logit; returns the summed loss."""
    n, widths, g, last = len(labels), layout.widths, layout.gmf_width, len(layout.widths) - 2
    gmf, x = matrix(work.gmf, 0, n, g), matrix(work.activations, 0, n, widths[0])
    gather(batch, rows, dropout(setting, step, 0), x, gmf)
    for k in range(last + 1):
        weight = matrix(layers, layout.weights_at[k], widths[k + 1], widths[k])
        z = matrix(work.activations, work.activations_at[k + 1], n, widths[k + 1])
        np.dot(x, weight.T, z)
        mask = dropout(setting, step, k + 1) if k < last else KEEP_ALL
        activate(z, layers[layout.biases_at[k] : layout.biases_at[k] + widths[k + 1]], mask)
        x = z
    return output(gmf, x, labels, layers[layout.output_at :], work.d_logit)


@jit
def backward(
    layout: Layout,
    rows: Floats,
    layers: Floats,
    work: Workspace,
    batch: Codes,
    slots: Codes,
    setting: Setting,
    step: int,
) -> None:
    """Fill d_rows and d_layers."""
    n, widths, g, last = batch.shape[1], layout.widths, layout.gmf_width, len(layout.widths) - 2
    gmf, output_weight = matrix(work.gmf, 0, n, g), layers[layout.output_at :]
    x = matrix(work.activations, work.activations_at[last + 1], n, g)
    dz = matrix(work.d_activations, work.activations_at[last + 1], n, g)
    d_bias = work.d_layers[layout.biases_at[last] : layout.biases_at[last] + g]
    d_output = work.d_layers[layout.output_at :]
    output_backward(gmf, x, work.d_logit, output_weight, d_output, dz, d_bias)
    for k in range(last, -1, -1):
        weight = matrix(layers, layout.weights_at[k], widths[k + 1], widths[k])
        d_weight = matrix(work.d_layers, layout.weights_at[k], widths[k + 1], widths[k])
        x = matrix(work.activations, work.activations_at[k], n, widths[k])
        dx = matrix(work.d_activations, work.activations_at[k], n, widths[k])
        np.dot(dz.T, x, d_weight)
        np.dot(dz, weight, dx)
        if k > 0:
            at = layout.biases_at[k - 1]
            scale = dropout(setting, step, k).scale
            activate_backward(dx, x, scale, work.d_layers[at : at + widths[k]])
        dz = dx
    mask = dropout(setting, step, 0)
    scatter(batch, slots, rows, mask, dz, work.d_logit, output_weight, work.d_rows)


@jit
def train(
    layout: Layout,
    tables: State,
    layers: State,
    work: Workspace,
    users: Codes,
    items: Codes,
    labels: Bits,
    setting: Setting,
    step: int,
) -> float:
    """One step for each batch, the first being number ``step + 1``. Returns the summed loss."""
    table = matrix(tables.parameters, 0, layout.n_users + layout.n_items, work.d_rows.shape[1])
    decay, total = np.float32(setting.weight_decay), 0.0
    for start in range(0, len(users), setting.batch_size):
        step += 1
        stop = min(start + setting.batch_size, len(users))
        batch = matrix(work.batch, 0, 2, stop - start)
        for b in range(stop - start):
            batch[0, b], batch[1, b] = users[start + b], layout.n_users + items[start + b]
        slots, touched = batch, 0
        if work.lazy:
            slots = matrix(work.slots, 0, 2, stop - start)
            touched = number_rows(batch, work.slot_of, slots, work.touched)
            work.gmf[0] = touch(tables, work.touched[:touched], work.d_rows.shape[1])
        label = labels[start:stop]
        total += forward(layout, table, layers.parameters, work, batch, label, setting, step)
        backward(layout, table, layers.parameters, work, batch, slots, setting, step)
        size, epsilon = step_size(setting.lr, step)
        adam(layers, work.d_layers, size, epsilon, decay)
        if work.lazy:
            adam_rows(tables, work.touched[:touched], work.d_rows, size, decay)
        else:
            adam(tables, work.d_rows.reshape(-1), size, epsilon, decay)
    return total
