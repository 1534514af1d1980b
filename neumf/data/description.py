"""A data set in a few lines."""

from __future__ import annotations

import numpy as np

from neumf.data.interactions import Interactions, Times
from neumf.data.unix_time import unix_unit

NO_TIMES = (
    "no time column: the order of rows stands in for time, and a user's last rows are held out"
)


def describe_interactions(interactions: Interactions) -> tuple[str, ...]:
    """How much there is; how long the histories are and, if times are dates, when; and a third
    line if there are no times."""
    size = (
        f"{interactions.name}: {interactions.n_users:,} users, {interactions.n_items:,} items,"
        f" {len(interactions):,} interactions ({interactions.density:.2%} of all pairs)"
    )
    histories = np.bincount(interactions.users, minlength=interactions.n_users)
    history = (
        f"history per user: {histories.min():,} to {histories.max():,},"
        f" median {np.median(histories):,.0f}"
    )
    if not interactions.has_times:
        return size, history, NO_TIMES
    return size, history + _span(interactions.times)


def _span(times: Times) -> str:
    first, last = float(times.min()), float(times.max())
    unit = unix_unit(first, last)
    if unit is None:
        return ""
    dates = np.array([first / unit, last / unit]).astype("datetime64[s]").astype(str)
    return f"; {dates[0][:10]} to {dates[1][:10]}"
