"""Arrays of whole numbers, such as ranks, as short text: Optuna's attributes are JSON."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from neumf.arrays import Ints
from neumf.evaluation.measurement import Measurement
from studies.storage import record

MOST = 1 << 28
"""Bytes that are unfolded, 64 million numbers; a record can stand for a thousand times its size."""

_STORED = np.dtype("<u4")


def pack(numbers: npt.NDArray[np.signedinteger]) -> str:
    """``numbers`` [n], each from 0 to 2**32 - 1, as text."""
    return base64.b64encode(zlib.compress(numbers.astype(_STORED).tobytes())).decode("ascii")


def unpack(text: str) -> Ints:
    """What :func:`pack` was given.

    Raises:
        ValueError: it is not whole, or more than :data:`MOST`.
        zlib.error: it is damaged.
    """
    unfolding = zlib.decompressobj()
    content = unfolding.decompress(base64.b64decode(text), MOST)
    if not unfolding.eof:
        raise ValueError(f"numbers are cut short, or of more than {MOST:,} bytes")
    return np.frombuffer(content, _STORED).astype(np.int64)


def pack_measurement(measurement: Measurement) -> dict[str, str]:
    """A measurement as attributes."""
    found = {record.CATALOGUE: pack(measurement.catalogue)}
    if measurement.sampled is not None:
        found[record.SAMPLED] = pack(measurement.sampled)
    return found


def unpack_measurement(facts: Mapping[str, Any]) -> Measurement | None:
    """What :func:`pack_measurement` was given, from among ``facts``; None if it is not there."""
    if record.CATALOGUE not in facts:
        return None
    sampled = facts.get(record.SAMPLED)
    return Measurement(
        None if sampled is None else unpack(sampled), unpack(facts[record.CATALOGUE])
    )
