"""Dropout without a generator: whether an element is kept is a hash of where it stands.

One hash serves two elements, its low 16 bits the one and its high 16 bits the other: in the first
layer's input the same column of the user's and the item's half, in later ones an element of the
first half of the batch and its counterpart in the second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neumf.arrays import Floats
from neumf.compiled import inline, jit, mix
from neumf.training.engines.workspace import StepConstants

ZERO, ONE = np.float32(0), np.float32(1)


class DropoutMask(NamedTuple):
    """The mask of one layer's input in one step."""

    key: np.uint64
    threshold: np.uint32  # of 2**16
    scale: np.float32


@inline
def dropout_mask(constants: StepConstants, step: int, layer: int) -> DropoutMask:
    key = mix(constants.seed, np.uint64(step) * np.uint64(16) + np.uint64(layer))
    p = constants.dropout
    return DropoutMask(key, np.uint32(p * 2.0**16 + 0.5), np.float32(1 / (1 - p)))


@inline
def draw(mask: DropoutMask, pair: int) -> np.uint32:
    """The bits of a pair of elements: a 32-bit hash of (key, pair), of Wellons' family. It is spelt
    in ufuncs because Numba's operators widen to 64 bits, for which there is no vector product."""
    h = np.bitwise_xor(np.uint32(pair), np.uint32(mask.key))
    h = np.multiply(_folded(h, 16), np.uint32(0x7FEB352D))
    h = np.add(_folded(h, 15), np.uint32(mask.key >> np.uint64(32)))
    return _folded(np.multiply(h, np.uint32(0x846CA68B)), 16)


@inline
def _folded(h: np.uint32, bits: int) -> np.uint32:
    folded: np.uint32 = np.bitwise_xor(h, np.right_shift(h, np.uint32(bits)))
    return folded


@inline
def drop_one(mask: DropoutMask, bits: np.uint32, x: np.float32) -> np.float32:
    """Inverted dropout of a pair's one element."""
    return x * mask.scale if np.uint32(bits & np.uint32(0xFFFF)) >= mask.threshold else ZERO


@inline
def drop_other(mask: DropoutMask, bits: np.uint32, x: np.float32) -> np.float32:
    """Inverted dropout of a pair's other element."""
    return x * mask.scale if np.uint32(bits >> np.uint32(16)) >= mask.threshold else ZERO


@jit
def drop_pair(mask: DropoutMask, pair: int, user: Floats, item: Floats, x: Floats) -> None:
    """x = dropout([user ; item]), of which ``pair`` is the first pair."""
    m = user.size
    for j in range(m):
        bits = draw(mask, pair + j)
        x[j] = drop_one(mask, bits, user[j])
        x[m + j] = drop_other(mask, bits, item[j])


@jit
def drop_pair_backward(mask: DropoutMask, pair: int, dx: Floats) -> None:
    """From the gradient of x to that of [user ; item], in place."""
    m = dx.size // 2
    for j in range(m):
        bits = draw(mask, pair + j)
        dx[j] = drop_one(mask, bits, dx[j])
        dx[m + j] = drop_other(mask, bits, dx[m + j])


@jit
def drop_hidden(x: Floats, mask: DropoutMask) -> None:
    """Dropout of a hidden layer [n * width], in place. Its width is even: the next is half."""
    half = x.size // 2
    for k in range(half):
        bits = draw(mask, k)
        x[k] = drop_one(mask, bits, x[k])
        x[half + k] = drop_other(mask, bits, x[half + k])
