"""Arrays of whole numbers as short text, for Optuna's attributes, which are JSON."""

from __future__ import annotations

import base64
import zlib

import numpy as np

from neumf.arrays import Ints

_STORED = np.dtype("<u4")


def pack(numbers: Ints) -> str:
    """``numbers`` [n], each from 0 to 2**32 - 1, as text."""
    return base64.b64encode(zlib.compress(numbers.astype(_STORED).tobytes())).decode("ascii")


def unpack(text: str) -> Ints:
    """What :func:`pack` was given."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), _STORED).astype(np.int64)
