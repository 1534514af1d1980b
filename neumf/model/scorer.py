"""NeuMF's forward pass over many pairs, from parameters alone: one path for all engines.

The first layer is linear in [P_u ; Q_i], so it splits into a user half and an item half, each
computed once per user and item instead of once per pair:

    [P_u ; Q_i] W_1 + b_1  =  (P_u W_1u + b_1)  +  Q_i W_1i
"""

from __future__ import annotations

from copy import copy

import numpy as np

from neumf.arrays import Floats
from neumf.compiled import frozen, jit, relu
from neumf.data.interactions import Codes
from neumf.floating_point import arithmetic
from neumf.model.layout import Layout, matrix
from neumf.model.parameters import Parameters
from neumf.prefetch import prefetch_row
from neumf.views import view

CACHED = 1 << 16
"""Numbers of a hidden layer computed at a time: 256 kB, which stay in the processor's cache."""

AHEAD = 6
"""How many candidates ahead an item's row is asked for. GMF alone of width 128, with MovieLens-1M's
items and 99 candidates a user, is scored in half the time."""


class NeuMFScorer:
    """Scores pairs. It is valid as long as ``parameters`` stay as they are.

    It satisfies :class:`neumf.evaluation.scoring.Scorer`.
    """

    def __init__(self, parameters: Parameters) -> None:
        a = parameters.architecture
        self.n_items = a.n_items
        self._layout = Layout.of(a)
        self._flat = frozen(parameters.flat)
        self._user_half, self._item_half = _halves(parameters)
        width = self._user_half.shape[1]
        self._hidden = np.empty((2, max(16 * width, CACHED)), np.float32)

    def for_another_thread(self) -> NeuMFScorer:
        """The same, but for the room that scoring needs."""
        other = copy(self)
        other._hidden = np.empty_like(self._hidden)  # noqa: SLF001 - its own
        return other

    def score(self, users: Codes, items: Codes) -> Floats:
        """Logits [n, k] of ``items`` [n, k] for ``users`` [n]; items of shape [1, k] are the same
        for every user. What ``NO_ITEM`` scores means nothing."""
        scores = np.empty((len(users), items.shape[1]), np.float32)
        with arithmetic():
            _score(
                self._layout,
                self._flat,
                self._user_half,
                self._item_half,
                frozen(users),
                frozen(items),
                self._hidden[0],
                self._hidden[1],
                scores,
            )
        return scores


def _halves(parameters: Parameters) -> tuple[Floats, Floats]:
    """The first layer before its ReLU: what each user, and what each item, brings to it. GMF alone
    has none, of width 0."""
    a = parameters.architecture
    if not parameters.weights:
        return np.empty((a.n_users, 0), np.float32), np.empty((a.n_items, 0), np.float32)
    m, first = a.mlp_width, parameters.weights[0]
    with arithmetic():
        user_half = parameters.user_rows[:, :m] @ first[:m] + parameters.biases[0]
        return user_half, parameters.item_rows[:, :m] @ first[m:]


@jit
def _score(
    layout: Layout,
    flat: Floats,
    user_half: Floats,
    item_half: Floats,
    users: Codes,
    items: Codes,
    hidden: Floats,
    spare: Floats,
    scores: Floats,
) -> None:
    """Write the logits of every pair, as many at a time as ``hidden`` has room for."""
    widths, g = layout.widths, layout.gmf_width
    layers = flat[layout.tables :]
    weight, bias = layers[layout.output_at : -1], layers[-1]
    out = scores.reshape(-1)
    first = user_half.shape[1]
    rows = hidden.size // max(first, 1)
    for start in range(0, out.size, rows):
        n = min(rows, out.size - start)
        h = matrix(hidden, 0, n, first)
        _first(layout, flat, user_half, item_half, weight[:g], users, items, start, h, out)
        for k in range(1, len(widths) - 1):
            w = matrix(layers, layout.weights_at[k], widths[k], widths[k + 1])
            z = matrix(spare, 0, n, widths[k + 1])
            np.dot(h, w, z)
            _activate(z, layers[layout.biases_at[k] : layout.biases_at[k] + widths[k + 1]])
            hidden, spare, h = spare, hidden, z
        _last(h, weight[g:], bias, out[start : start + n])


@jit
def _first(
    layout: Layout,
    flat: Floats,
    user_half: Floats,
    item_half: Floats,
    weight: Floats,
    users: Codes,
    items: Codes,
    start: int,
    hidden: Floats,
    out: Floats,
) -> None:
    """The first hidden layer of the pairs from ``start``, and the GMF half of their logits."""
    g, width, h = weight.size, items.shape[1], hidden.shape[1]
    m = layout.widths[0] // 2
    user_halves, item_halves = user_half.reshape(-1), item_half.reshape(-1)
    hiddens = hidden.reshape(-1)
    at, column = divmod(start, width)
    sampled = items.shape[0] > 1  # not the catalogue, whose rows are read one after the other
    for b in range(hidden.shape[0]):
        row = items[at if sampled else 0]
        u, i = users[at], max(row[column], 0)
        if sampled:
            ahead = max(row[min(column + AHEAD, width - 1)], 0)
            prefetch_row(flat, layout.n_users + ahead, m + g)
        _add(view(user_halves, u * h, h), view(item_halves, i * h, h), view(hiddens, b * h, h))
        user = view(flat, u * (m + g) + m, g)
        out[start + b] = _product(user, view(flat, (layout.n_users + i) * (m + g) + m, g), weight)
        column += 1
        if column == width:
            at, column = at + 1, 0


@jit
def _add(user: Floats, item: Floats, hidden: Floats) -> None:
    for j in range(hidden.size):
        z = user[j] + item[j]
        hidden[j] = relu(z)


@jit
def _product(user: Floats, item: Floats, weight: Floats) -> np.float32:
    logit = np.float32(0)
    for j in range(weight.size):
        logit += user[j] * item[j] * weight[j]
    return logit


@jit
def _activate(z: Floats, bias: Floats) -> None:
    """z = relu(z + bias), NaN let through."""
    for b in range(z.shape[0]):
        for j in range(z.shape[1]):
            a = z[b, j] + bias[j]
            z[b, j] = relu(a)


@jit
def _last(hidden: Floats, weight: Floats, bias: np.float32, out: Floats) -> None:
    """Add the MLP half of the logits."""
    for b in range(out.size):
        logit = bias
        for j in range(weight.size):
            logit += hidden[b, j] * weight[j]
        out[b] += logit
