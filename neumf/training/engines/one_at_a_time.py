"""GMF alone by SGD, a sample at a time, at the speed of memory.

With its output weights 1, GMF is the dot product of matrix factorisation, s = p_u . q_i + b, and a
sample's step, with d = sigmoid(s) - y, is

    p_u <- (1 - lr l2) p_u - lr d q_i        b <- (1 - lr l2) b - lr d
    q_i <- (1 - lr l2) q_i - lr d p_u

(Rendle et al. 2020, "Neural Collaborative Filtering vs. Matrix Factorization Revisited"). There is
nothing to gain from batches: the two rows are read once, and stay in the nearest cache until they
are written. The rows of the samples that come next are on their way meanwhile.

From the logit to the step is a chain of operations that wait for each other. The next sample's dot
product is computed in that time, before this one's rows move; where the two share a row, after.
"""

from __future__ import annotations

import math

import numpy as np

from neumf.arrays import Floats
from neumf.compiled import jit
from neumf.data.interactions import Codes
from neumf.model.layout import Layout
from neumf.prefetch import prefetch_row
from neumf.training.engines.dropout import ONE, ZERO
from neumf.training.engines.schedule import learning_rate
from neumf.training.engines.workspace import StepConstants
from neumf.training.negatives import Bits
from neumf.views import view

AHEAD = 4
"""How many samples ahead rows are asked for. Measured with width 128, in million samples a second
at 0, 1, 2, 4, 8 and 16: with MovieLens-1M's users and items 13, 16, 17, 20, 16 and 15."""


@jit
def dot(one: Floats, other: Floats) -> np.float32:
    total = ZERO
    for j in range(one.size):
        total += one[j] * other[j]
    return total


@jit
def train_gmf(
    layout: Layout,
    tables: Floats,
    layers: Floats,
    users: Codes,
    items: Codes,
    labels: Bits,
    constants: StepConstants,
    seen: int,
) -> float:
    """A step for each sample, after ``seen`` of the run; returns the summed loss. The learning rate
    is set once a ``batch_size``."""
    width, n, items_at = layout.gmf_width, len(labels), layout.n_users * layout.gmf_width
    if n == 0:
        return 0.0
    bias = layers[-1]
    total, product = 0.0, 1.0  # see cross_entropy
    user = view(tables, users[0] * width, width)
    item = view(tables, items_at + items[0] * width, width)
    score = dot(user, item)
    for start in range(0, n, constants.batch_size):
        rate = learning_rate(constants, seen + start)
        keep = np.float32(1 - rate * constants.l2)
        for b in range(start, min(start + constants.batch_size, n)):
            ahead, after = min(b + AHEAD, n - 1), min(b + 1, n - 1)
            prefetch_row(tables, users[ahead], width)
            prefetch_row(tables, layout.n_users + items[ahead], width)
            logit, label = score + bias, np.float32(labels[b])
            e = np.exp(-abs(logit))
            next_user = view(tables, users[after] * width, width)
            next_item = view(tables, items_at + items[after] * width, width)
            apart = users[after] != users[b] and items[after] != items[b]
            if apart:
                score = dot(next_user, next_item)
            total += max(logit, ZERO) - label * logit
            product *= 1.0 + e
            if product > 1e200:
                total += math.log(product)
                product = 1.0
            step = np.float32(rate) * ((ONE if logit >= ZERO else e) / (ONE + e) - label)
            for j in range(user.size):
                p, q = user[j], item[j]
                user[j] = keep * p - step * q
                item[j] = keep * q - step * p
            bias = keep * bias - step
            if not apart:
                score = dot(next_user, next_item)
            user, item = next_user, next_item
    layers[-1] = bias
    return total + math.log(product)
