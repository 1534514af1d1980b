"""Numba as this project uses it: no GIL, cached on disk where a place for it can be written.

Also the counter hash that takes the place of a random generator inside compiled loops: the n-th
number of a stream is a function of (seed, n), so streams need no state, no storage and no order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

FASTMATH = {"reassoc", "contract", "arcp", "nsz", "afn"}
"""All of LLVM's liberties but ``nnan`` and ``ninf``: a diverged loss must be seen to be NaN."""


def jit(function: F) -> F:
    """Compile at first call; without a writable cache directory, compile in every process."""
    options: dict[str, Any] = {"nogil": True, "fastmath": FASTMATH, "error_model": "numpy"}
    try:
        return cast("F", numba.njit(cache=True, **options)(function))
    except RuntimeError:  # numba found no place to write
        return cast("F", numba.njit(**options)(function))


def inline(function: F) -> F:
    """For small functions that only compiled loops call."""
    return cast("F", numba.njit(inline="always", fastmath=FASTMATH, error_model="numpy")(function))


@inline
def mix(seed: np.uint64, n: np.uint64) -> np.uint64:
    """The n-th 64-bit number of stream ``seed``: SplitMix64 (Steele, Lea & Flood 2014)."""
    z = seed + (n + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@inline
def below(bits: np.uint64, n: int) -> int:
    """Map 64 random bits to 0..n-1 by multiplication (Lemire 2019); n < 2**32, the bias is
    under n / 2**32."""
    return np.int64(((bits >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))
