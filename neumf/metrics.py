"""HR, nDCG and mAP at a cut-off, for one relevant item per ranked list. More is always better.

With a single relevant item at rank r (1 = best), following He et al. 2017, section 4.1:

    HR@k   = 1            if r <= k else 0
    nDCG@k = 1/log2(1+r)  if r <= k else 0
    mAP@k  = 1/r          if r <= k else 0
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ranks = npt.NDArray[np.int64]
Gain = Callable[[Ranks], npt.NDArray[np.float64]]

CUTOFFS = (1, 5, 10, 20)

_KINDS: dict[str, tuple[str, Gain]] = {
    "HR": ("share of lists whose held-out item is in the top k", lambda r: np.ones(r.shape)),
    "nDCG": ("discounted gain of the held-out item in the top k", lambda r: 1.0 / np.log2(1.0 + r)),
    "mAP": ("reciprocal rank of the held-out item in the top k", lambda r: 1.0 / r),
}


@dataclass(frozen=True)
class Metric:
    """One measure of ranked lists."""

    kind: str
    cutoff: int

    @property
    def name(self) -> str:
        return f"{self.kind}@{self.cutoff}"

    @property
    def help(self) -> str:
        return _KINDS[self.kind][0].replace("top k", f"top {self.cutoff}")

    def __call__(self, ranks: Ranks) -> float:
        """Mean over ``ranks`` [n], each >= 1. An empty array scores 0."""
        return float(self.gains(ranks).mean()) if ranks.size else 0.0

    def gains(self, ranks: Ranks) -> npt.NDArray[np.float64]:
        """Of every list by itself; the same shape as ``ranks``."""
        return np.where(ranks <= self.cutoff, _KINDS[self.kind][1](ranks), 0.0)


METRICS: dict[str, Metric] = {
    metric.name: metric for k in CUTOFFS for kind in _KINDS for metric in [Metric(kind, k)]
}

OBJECTIVE = METRICS["nDCG@10"]
"""What a search maximises: reported to Optuna, printed, stored, plotted, used to pick the epoch."""

HEADLINE = tuple(METRICS[f"{kind}@10"] for kind in _KINDS)
"""Shown first: HR@10, nDCG@10, mAP@10."""


def measure(ranks: Ranks) -> dict[str, float]:
    """Every metric of ``ranks`` [n] by name."""
    return {name: metric(ranks) for name, metric in METRICS.items()}
