"""Which numbers are times since 1970, and in what unit."""

from __future__ import annotations

PER_SECOND = (1, 10**3, 10**6, 10**9)
"""Seconds, milliseconds, microseconds, nanoseconds: their ranges do not overlap."""

_FIRST, _LAST = 10**8, 4 * 10**9
"""March 1973 and 2096. Row positions and ratings never get there."""


def unix_unit(first: float, last: float) -> int | None:
    """Units per second, if everything from ``first`` to ``last`` can be Unix time; else None."""
    for unit in PER_SECOND:
        if _FIRST * unit <= first <= last < _LAST * unit:
            return unit
    return None
