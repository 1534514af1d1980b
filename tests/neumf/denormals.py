"""How many denormal numbers there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neumf.arrays import Floats


def denormals(arrays: Sequence[Floats]) -> int:
    bits = [array.ravel().view(np.uint32) & 0x7FFFFFFF for array in arrays]
    return sum(int(((b > 0) & (b < 0x800000)).sum()) for b in bits)
