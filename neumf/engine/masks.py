"""Dropout without a generator: whether an element is kept is a hash of where it stands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neumf.compiled import inline, jit, mix
from neumf.engine.buffers import Setting
from neumf.parameters import Floats

ZERO, ONE = np.float32(0), np.float32(1)


class Dropout(NamedTuple):
    """The mask of one layer's input in one step."""

    key: np.uint64
    threshold: np.uint32
    scale: np.float32


@inline
def dropout(setting: Setting, step: int, layer: int) -> Dropout:
    key = mix(setting.seed, np.uint64(step) * np.uint64(16) + np.uint64(layer))
    p = setting.dropout
    return Dropout(key, np.uint32(p * 2.0**32), np.float32(1 / (1 - p)))


KEEP_ALL = Dropout(np.uint64(0), np.uint32(0), ONE)


@inline
def keeps(mask: Dropout, element: int) -> np.bool:
    """Whether an element is kept: a 32-bit hash of (key, element), of Wellons' family, that
    compiles to vector instructions. Numba widens every result; each cast narrows it again."""
    h = np.uint32(np.uint32(element) ^ np.uint32(mask.key))
    h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x7FEB352D))
    h = np.uint32((h ^ (h >> np.uint32(15))) + np.uint32(mask.key >> np.uint64(32)))
    return np.uint32(h * np.uint32(0x846CA68B)) >= mask.threshold


@inline
def drop(mask: Dropout, element: int, x: np.float32) -> np.float32:
    """Inverted dropout."""
    return x * mask.scale if keeps(mask, element) else ZERO


@jit
def keep(out: Floats, setting: Setting, step: int, layer: int) -> None:
    """Write the mask of a layer's input [n, width]."""
    mask = dropout(setting, step, layer)
    for b in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[b, j] = drop(mask, b * out.shape[1] + j, ONE)
