"""The layers of the MLP half, forwards and backwards, and the loss: the same whichever way the
parameters then move."""

from __future__ import annotations

import math

import numpy as np

from neumf.arrays import Floats
from neumf.compiled import jit, relu
from neumf.model.layout import Layout, matrix
from neumf.training.engines.dropout import ONE, ZERO, drop_hidden, dropout_mask
from neumf.training.engines.workspace import ROWS_AT_ONCE, StepConstants, Workspace
from neumf.training.negatives import Bits


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
def activate_backward(dx: Floats, x: Floats, scale: np.float32) -> None:
    """From the gradient of x = dropout(relu(z)) to that of z, in place: x > 0 where both let it
    through."""
    for k in range(dx.size):
        dx[k] = dx[k] * scale if x[k] > ZERO else ZERO


@jit
def forward_layers(
    layout: Layout, layers: Floats, work: Workspace, n: int, constants: StepConstants, step: int
) -> Floats:
    """From the first layer's input to the last hidden layer, which is returned."""
    widths, last = layout.widths, len(layout.widths) - 2
    x = matrix(work.activations, 0, n, widths[0])
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
    return x


@jit
def output_backward(
    hidden: Floats, weight: Floats, d_logit: Floats, d_weight: Floats, dz: Floats
) -> None:
    """The gradients of the MLP half's output weights with the bias behind them, and of the last
    hidden layer before its ReLU."""
    np.dot(d_logit, hidden, d_weight[:-1])
    d_weight[-1] = d_logit.sum()
    for b in range(hidden.shape[0]):
        for j in range(hidden.shape[1]):
            dz[b, j] = d_logit[b] * weight[j] if hidden[b, j] > ZERO else ZERO


@jit
def backward_layers(
    layout: Layout, layers: Floats, work: Workspace, n: int, constants: StepConstants, step: int
) -> Floats:
    """From the gradient by the logits to those of the layers, in d_layers, and of the first layer's
    input, which is returned. Sums over the batch are products with ones."""
    widths, last = layout.widths, len(layout.widths) - 2
    ones, at = work.ones[:n], layout.output_at + layout.gmf_width
    x = matrix(work.activations, work.activations_at[last + 1], n, widths[last + 1])
    dz = matrix(work.d_activations, work.activations_at[last + 1], n, widths[last + 1])
    output_backward(x, layers[at:], work.d_logit[:n], work.d_layers[at:], dz)
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
    return dz
