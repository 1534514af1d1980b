"""The compiled parts of :mod:`neumf.engine.fused`, which holds the mathematics."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neumf.compiled import inline, jit, mix
from neumf.interactions import Codes
from neumf.parameters import Floats

Ints = npt.NDArray[np.int64]

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""torch.optim.Adam's defaults."""


@inline
def keeps(key: np.uint64, element: int, threshold: np.uint32) -> bool:
    """Whether dropout keeps an element: Wellons' 32-bit hash of (key, element), which compiles
    to vector instructions."""
    x = np.uint32(element) ^ np.uint32(key)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x += np.uint32(key >> np.uint64(32))
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x >= threshold


@inline
def mask_key(seed: np.uint64, step: int, layer: int) -> np.uint64:
    """What makes the mask of one layer in one step."""
    return mix(seed, np.uint64(step) * np.uint64(16) + np.uint64(layer))


@jit
def matrix(flat: Floats, start: int, rows: int, columns: int) -> Floats:
    """A view of ``flat``."""
    return flat[start : start + rows * columns].reshape(rows, columns)


@jit
def gather(
    users: Codes,
    items: Codes,
    user_rows: Floats,
    item_rows: Floats,
    x: Floats,
    gmf: Floats,
    key: np.uint64,
    threshold: np.uint32,
    scale: np.float32,
) -> None:
    """x = dropout([P_u ; Q_i]), gmf = p_u * q_i."""
    m = x.shape[1] // 2
    zero = np.float32(0)
    for b in range(len(users)):
        user, item, at = user_rows[users[b]], item_rows[items[b]], b * 2 * m
        for j in range(m):
            x[b, j] = user[j] * scale if keeps(key, at + j, threshold) else zero
        for j in range(m):
            x[b, m + j] = item[j] * scale if keeps(key, at + m + j, threshold) else zero
        for j in range(gmf.shape[1]):
            gmf[b, j] = user[m + j] * item[m + j]


@jit
def activate(
    z: Floats, bias: Floats, key: np.uint64, threshold: np.uint32, scale: np.float32
) -> None:
    """z = dropout(relu(z + bias)). The comparison lets NaN through, as in PyTorch."""
    zero = np.float32(0)
    width = z.shape[1]
    for b in range(z.shape[0]):
        at = b * width
        for j in range(width):
            a = z[b, j] + bias[j]
            a = zero if a < zero else a * scale
            z[b, j] = a if keeps(key, at + j, threshold) else zero


@jit
def output(
    gmf: Floats,
    hidden: Floats,
    labels: npt.NDArray[np.uint8],
    weight: Floats,
    bias: Floats,
    d_weight: Floats,
    d_bias: Floats,
    d_logit: Floats,
) -> float:
    """Logits, the sum of their cross-entropies, and the gradient of the mean as far as the
    output layer. log(1 + e^-|z|) is taken of a product, so seldom."""
    n, g = gmf.shape
    total, product = 0.0, 1.0
    for b in range(n):
        logit = bias[0]
        for j in range(g):
            logit += gmf[b, j] * weight[j] + hidden[b, j] * weight[g + j]
        e = np.exp(-abs(logit))
        label = np.float32(labels[b])
        total += max(logit, np.float32(0)) - label * logit
        product *= 1.0 + e
        if product > 1e200:
            total += math.log(product)
            product = 1.0
        probability = (np.float32(1) if logit >= 0 else e) / (np.float32(1) + e)
        d_logit[b] = (probability - label) / np.float32(n)
    for b in range(n):
        d_bias[0] += d_logit[b]
        for j in range(g):
            d_weight[j] += d_logit[b] * gmf[b, j]
            d_weight[g + j] += d_logit[b] * hidden[b, j]
    return total + math.log(product)


@jit
def output_backward(
    d_logit: Floats, hidden: Floats, weight: Floats, dz: Floats, d_bias: Floats
) -> None:
    """dz = d_logit w on the last hidden layer, where its ReLU is open."""
    zero = np.float32(0)
    n, g = hidden.shape
    for b in range(n):
        for j in range(g):
            d = d_logit[b] * weight[g + j] if hidden[b, j] > 0 else zero
            dz[b, j] = d
            d_bias[j] += d


@jit
def activate_backward(dx: Floats, x: Floats, d_bias: Floats, scale: np.float32) -> None:
    """From the gradient of dropout(relu(z)) to that of z, in place: x > 0 where both were open."""
    zero = np.float32(0)
    for b in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            d = dx[b, j] * scale if x[b, j] > 0 else zero
            dx[b, j] = d
            d_bias[j] += d


@jit
def scatter(
    users: Codes,
    items: Codes,
    user_rows: Floats,
    item_rows: Floats,
    user_slots: Codes,
    item_slots: Codes,
    d_user: Floats,
    d_item: Floats,
    dx: Floats,
    d_logit: Floats,
    weight: Floats,
    key: np.uint64,
    threshold: np.uint32,
    scale: np.float32,
) -> None:
    """Add each sample's gradient to the rows of its user and its item."""
    m = dx.shape[1] // 2
    zero = np.float32(0)
    for b in range(len(users)):
        user, item, at = user_rows[users[b]], item_rows[items[b]], b * 2 * m
        to_user, to_item = d_user[user_slots[b]], d_item[item_slots[b]]
        for j in range(m):
            to_user[j] += dx[b, j] * scale if keeps(key, at + j, threshold) else zero
        for j in range(m):
            to_item[j] += dx[b, m + j] * scale if keeps(key, at + m + j, threshold) else zero
        for j in range(user.size - m):
            d = d_logit[b] * weight[j]
            to_user[m + j] += d * item[m + j]
            to_item[m + j] += d * user[m + j]


@jit
def adam(
    parameters: Floats,
    gradient: Floats,
    mean: Floats,
    square: Floats,
    size: np.float32,
    epsilon: np.float32,
    decay: np.float32,
) -> None:
    """One step over flat arrays of one length; clears the gradient for the next."""
    for k in range(parameters.size):
        g = gradient[k] + decay * parameters[k]
        mean[k] += np.float32(1 - BETA1) * (g - mean[k])
        square[k] = np.float32(BETA2) * square[k] + np.float32(1 - BETA2) * g * g
        parameters[k] -= size * mean[k] / (np.sqrt(square[k]) + epsilon)
        gradient[k] = 0


@jit
def adam_row(
    state: State,
    at: int,
    gradient: Floats,
    size: np.float32,
    epsilon: np.float32,
    decay: np.float32,
) -> None:
    """:func:`adam` for the parameters from ``at``."""
    to = at + gradient.size
    adam(
        state.parameters[at:to], gradient, state.mean[at:to], state.square[at:to], size, epsilon, decay
    )


@jit
def distinct(codes: Codes, slot_of: Codes, slots: Codes, touched: Codes) -> int:
    """Number the distinct ``codes`` 0, 1, ... in order of appearance: ``touched[slot]`` is the
    code. ``slot_of`` is -1 everywhere before and after. Returns how many there are."""
    n = 0
    for b in range(len(codes)):
        if slot_of[codes[b]] < 0:
            slot_of[codes[b]] = n
            touched[n] = codes[b]
            n += 1
        slots[b] = slot_of[codes[b]]
    for slot in range(n):
        slot_of[touched[slot]] = -1
    return n


class Model(NamedTuple):
    """Where everything is. Depth is data, so one compilation serves every architecture."""

    n_users: int
    n_items: int
    gmf_width: int
    widths: Ints  # [layers + 1] input of the first layer, then the output of each
    weights_at: Ints  # [layers] offsets into the flat parameters
    biases_at: Ints  # [layers]
    output_at: int
    activations_at: Ints  # [layers + 1] offsets into the flat activations
    lazy: bool


class State(NamedTuple):
    """Parameters and Adam's moments, flat and of one length."""

    parameters: Floats
    mean: Floats
    square: Floats


class Workspace(NamedTuple):
    """Room for one batch of B samples."""

    user_gradient: Floats  # [n_users, row] if dense, [min(B, n_users), row] if lazy
    item_gradient: Floats
    gradient: Floats  # of the layers and the output
    activations: Floats
    d_activations: Floats
    gmf: Floats  # [B * gmf_width]
    d_logit: Floats  # [B]
    slot_of_user: Codes  # [n_users] -1
    slot_of_item: Codes
    slots: Codes  # [2, B] the row of each sample in the gradients
    touched: Codes  # [2, B] the table row of each row of the gradients


@jit
def train(
    model: Model,
    state: State,
    work: Workspace,
    users: Codes,
    items: Codes,
    labels: npt.NDArray[np.uint8],
    batch_size: int,
    lr: float,
    decay: float,
    dropout: float,
    seed: np.uint64,
    step: int,
) -> float:
    """One step for each ``batch_size`` samples, the first being step number ``step + 1``.
    Returns the summed loss."""
    widths, layers, g = model.widths, len(model.widths) - 1, model.gmf_width
    row = widths[0] // 2 + g
    table = (model.n_users + model.n_items) * row
    flat = state.parameters
    user_rows = matrix(flat, 0, model.n_users, row)
    item_rows = matrix(flat, model.n_users * row, model.n_items, row)
    weight = flat[model.output_at : model.output_at + 2 * g]
    bias = flat[model.output_at + 2 * g :]
    d_output = work.gradient[model.output_at - table :]
    threshold, scale = np.uint32(dropout * 2.0**32), np.float32(1 / (1 - dropout))
    total = 0.0
    for start in range(0, len(users), batch_size):
        step += 1
        stop = min(start + batch_size, len(users))
        n = stop - start
        user, item, label = users[start:stop], items[start:stop], labels[start:stop]
        d_logit, gmf = work.d_logit[:n], matrix(work.gmf, 0, n, g)
        x = matrix(work.activations, 0, n, widths[0])
        gather(
            user, item, user_rows, item_rows, x, gmf, mask_key(seed, step, 0), threshold, scale
        )
        for k in range(layers):
            w = matrix(flat, model.weights_at[k], widths[k + 1], widths[k])
            b = flat[model.biases_at[k] : model.biases_at[k] + widths[k + 1]]
            z = matrix(work.activations, model.activations_at[k + 1], n, widths[k + 1])
            np.dot(x, w.T, z)
            if k + 1 < layers:
                activate(z, b, mask_key(seed, step, k + 1), threshold, scale)
            else:
                activate(z, b, np.uint64(0), np.uint32(0), np.float32(1))
            x = z
        total += output(gmf, x, label, weight, bias, d_output[: 2 * g], d_output[2 * g :], d_logit)
        dz = matrix(work.d_activations, model.activations_at[layers], n, g)
        at = model.biases_at[layers - 1] - table
        output_backward(d_logit, x, weight, dz, work.gradient[at : at + g])
        for k in range(layers - 1, -1, -1):
            w = matrix(flat, model.weights_at[k], widths[k + 1], widths[k])
            d_w = matrix(work.gradient, model.weights_at[k] - table, widths[k + 1], widths[k])
            x = matrix(work.activations, model.activations_at[k], n, widths[k])
            dx = matrix(work.d_activations, model.activations_at[k], n, widths[k])
            np.dot(dz.T, x, d_w)
            np.dot(dz, w, dx)
            if k > 0:
                at = model.biases_at[k - 1] - table
                activate_backward(dx, x, work.gradient[at : at + widths[k]], scale)
            dz = dx
        user_slots, item_slots = user, item
        touched_users, touched_items = 0, 0
        if model.lazy:
            user_slots, item_slots = work.slots[0, :n], work.slots[1, :n]
            touched_users = distinct(user, work.slot_of_user, user_slots, work.touched[0])
            touched_items = distinct(item, work.slot_of_item, item_slots, work.touched[1])
        scatter(
            user,
            item,
            user_rows,
            item_rows,
            user_slots,
            item_slots,
            work.user_gradient,
            work.item_gradient,
            dz,
            d_logit,
            weight,
            mask_key(seed, step, 0),
            threshold,
            scale,
        )
        root = math.sqrt(1 - BETA2**step)
        size, epsilon = np.float32(lr * root / (1 - BETA1**step)), np.float32(EPSILON * root)
        l2 = np.float32(decay)
        adam(flat[table:], work.gradient, state.mean[table:], state.square[table:], size, epsilon, l2)
        if model.lazy:
            epsilon = np.float32(EPSILON)  # SparseAdam's formula puts the root elsewhere
            for k in range(touched_users):
                adam_row(state, work.touched[0, k] * row, work.user_gradient[k], size, epsilon, l2)
            for k in range(touched_items):
                at = (model.n_users + work.touched[1, k]) * row
                adam_row(state, at, work.item_gradient[k], size, epsilon, l2)
        else:
            at = model.n_users * row
            adam_row(state, 0, work.user_gradient.reshape(-1), size, epsilon, l2)
            adam_row(state, at, work.item_gradient.reshape(-1), size, epsilon, l2)
    return total


@jit
def keep(out: Floats, seed: np.uint64, step: int, layer: int, dropout: float) -> None:
    """Write the dropout mask of a layer's input [n, width]."""
    key, threshold = mask_key(seed, step, layer), np.uint32(dropout * 2.0**32)
    scale = np.float32(1 / (1 - dropout))
    n, width = out.shape
    for b in range(n):
        for j in range(width):
            out[b, j] = scale if keeps(key, b * width + j, threshold) else np.float32(0)
