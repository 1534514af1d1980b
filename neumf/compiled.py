"""Numba as this project uses it: without the GIL, and cached on disk where that is writable.

Also the counter hash that takes the place of a random generator inside compiled loops: the n-th
number of a stream is a function of (seed, n), so streams need no state, no storage and no order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

F = TypeVar("F", bound=Callable[..., Any])

FASTMATH = {"reassoc", "contract", "arcp", "nsz", "afn", "ninf"}
"""All of LLVM's fast-math flags but ``nnan``: a diverged loss must be seen to be NaN."""


def _sources() -> str:
    """A digest of all source files that hold compiled functions or the named tuples they take."""
    files = [path.read_bytes() for path in sorted(Path(__file__).parent.rglob("*.py"))]
    compiled = [text for text in files if b"neumf.compiled" in text or b"NamedTuple" in text]
    return hashlib.blake2b(b"".join(compiled), digest_size=4).hexdigest()


SOURCES = _sources()


def jit(function: F) -> F:
    """Compile at the first call, and cache what is compiled.

    Numba caches only where it can write: in ``NUMBA_CACHE_DIR``, beside the source, or in the
    user's cache directory. Where it can write to none of them, every process compiles for itself,
    even if a filled cache lies there to be read.

    Numba's cache looks for changes in the function's own file, not in those of the functions that
    it calls; the digest in the function's name, and so in its cache's, makes up for that.
    """
    function.__qualname__ += f"-{SOURCES}"
    options: dict[str, Any] = {"nogil": True, "fastmath": FASTMATH, "error_model": "numpy"}
    try:
        return cast("F", numba.njit(cache=True, **options)(function))
    except RuntimeError:  # nowhere to write
        return cast("F", numba.njit(**options)(function))


def inline(function: F) -> F:
    """For small functions that only compiled loops call."""
    return cast("F", numba.njit(inline="always", fastmath=FASTMATH, error_model="numpy")(function))


S = TypeVar("S", bound=np.generic)


def frozen(array: npt.NDArray[S]) -> npt.NDArray[S]:
    """A read-only view, also of a mapped file: so that both have one type, and compile once."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


@inline
def mix(seed: np.uint64, n: np.uint64) -> np.uint64:
    """The n-th 64-bit number of stream ``seed``: SplitMix64 (Steele, Lea & Flood 2014)."""
    z = seed + (n + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@inline
def bounded(bits: np.uint64, n: int) -> np.int64:
    """Map 64 random bits to 0..n-1 by multiplication (Lemire 2019); n < 2**32, the bias is
    under n / 2**32."""
    return np.int64(((bits >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@inline
def relu(x: np.float32) -> np.float32:
    """NaN stays NaN, as in PyTorch; with ``max`` it might not."""
    return np.float32(0) if x < np.float32(0) else x  # noqa: FURB136
