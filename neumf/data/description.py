"""A data set in two lines."""

from __future__ import annotations

import numpy as np

from neumf.data.interactions import Interactions, Times

_PER_SECOND = (1, 10**3, 10**6, 10**9)
_FIRST, _LAST = 10**8, 4 * 10**9
"""Times between March 1973 and 2096 read as Unix time; row positions never get there."""


def describe_interactions(interactions: Interactions) -> tuple[str, str]:
    """How much there is; then how long the histories are and, if times are dates, when."""
    size = (
        f"{interactions.name}: {interactions.n_users:,} users, {interactions.n_items:,} items,"
        f" {len(interactions):,} interactions ({interactions.density:.2%} of all pairs)"
    )
    histories = np.bincount(interactions.users, minlength=interactions.n_users)
    history = (
        f"history per user: {histories.min():,} to {histories.max():,},"
        f" median {np.median(histories):,.0f}"
    )
    return size, history + _span(interactions.times)


def _span(times: Times) -> str:
    first, last = float(times.min()), float(times.max())
    for unit in _PER_SECOND:
        if _FIRST * unit <= first and last < _LAST * unit:
            dates = np.array([first / unit, last / unit]).astype("datetime64[s]").astype(str)
            return f"; {dates[0][:10]} to {dates[1][:10]}"
    return ""
