"""Means over seeds and users with their intervals: what another draw of both would do to them.

A configuration is trained over S seeds and each model is measured on the same U users. Seeds and
users are two crossed random factors, so the mean's variance has a part of each (Searle, Casella &
McCulloch 1992, *Variance Components*, chapter 4)::

    y[s, u] = mean + seed[s] + user[u] + rest[s, u]
    Var(mean) = Var(seed) / S + Var(user) / U + Var(rest) / (S U)

which the mean squares estimate as (MS_seeds + MS_users - MS_rest) / (S U), with Satterthwaite's
degrees of freedom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Gains = npt.NDArray[np.float64]

LEVEL = 0.95
"""Of every interval."""


@dataclass(frozen=True)
class Estimate:
    """A mean, and the interval that holds the mean over ever more seeds and users."""

    mean: float
    low: float
    high: float
    seeds: int

    def as_json(self) -> dict[str, float | int | None]:
        """``mean``, ``low``, ``high``, ``seeds``; low and high are None where there is none."""
        low, high = (x if math.isfinite(x) else None for x in (self.low, self.high))
        return {"mean": self.mean, "low": low, "high": high, "seeds": self.seeds}

    @property
    def is_told(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


def estimate(gains: Gains, users: npt.NDArray[np.integer]) -> Estimate:
    """The mean of ``gains`` with its interval.

    Args:
        gains: [S seeds, n lists] of one model, or the differences of two on the same lists.
        users: [n] whose lists they are. A user's lists are no independent draws: they count
            together.

    Returns:
        With one seed the interval is that over users alone; one user or none has no interval, and
        low and high are infinite then.
    """
    seeds, n = gains.shape
    mean = float(gains.mean()) if gains.size else 0.0
    _, places = np.unique(users, return_inverse=True)
    n_users = int(places.max()) + 1 if n else 0
    if n_users < 2:
        return Estimate(mean, -math.inf, math.inf, seeds)
    # each user's part of the mean: rows sum, over users, to n_users * (seed's mean - mean)
    parts = np.stack([np.bincount(places, row - mean, n_users) for row in gains]) * n_users / n
    variance, freedom = _variance(parts)
    if variance == 0.0:
        return Estimate(mean, mean, mean, seeds)
    from scipy.special import stdtrit

    reach = float(stdtrit(freedom, (1 + LEVEL) / 2)) * math.sqrt(variance)
    return Estimate(mean, mean - reach, mean + reach, seeds)


def _variance(parts: Gains) -> tuple[float, float]:
    """Of the mean of ``parts`` [S, U], whose mean is 0, and its degrees of freedom."""
    seeds, users = parts.shape
    of_seeds, of_users = parts.mean(axis=1), parts.mean(axis=0)
    ms_users = seeds * float(np.square(of_users).sum()) / (users - 1)
    if seeds == 1:
        return ms_users / users, users - 1
    rest = parts - of_seeds[:, None] - of_users
    ms_seeds = users * float(np.square(of_seeds).sum()) / (seeds - 1)
    ms_rest = float(np.square(rest).sum()) / ((seeds - 1) * (users - 1))
    # a factor whose variance comes out negative has none: the other's mean square remains
    total = max(ms_seeds + ms_users - ms_rest, ms_seeds, ms_users)
    if total == 0.0:
        return 0.0, 1.0
    if total > max(ms_seeds, ms_users):
        squares = (
            ms_seeds**2 / (seeds - 1)
            + ms_users**2 / (users - 1)
            + ms_rest**2 / ((seeds - 1) * (users - 1))
        )
        return total / (seeds * users), total**2 / squares
    return total / (seeds * users), (seeds - 1 if ms_seeds >= ms_users else users - 1)
