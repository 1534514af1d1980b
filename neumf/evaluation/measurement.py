"""(stand-in)"""
from __future__ import annotations
from dataclasses import dataclass
from typing import Literal
import numpy as np
from scipy.stats import hypergeom
from neumf.arrays import Ints
from neumf.evaluation.ranking import rank
from neumf.evaluation.scoring import Scorer
from neumf.metrics import METRICS, Metric, Ranks

Way = Literal["sampled", "expected", "catalogue"]

@dataclass(frozen=True, eq=False)
class ListSizes:
    pool: Ints
    candidates: int | None
    @property
    def headline(self) -> Way:
        return "catalogue" if self.candidates is None else "expected"
    @property
    def ways(self) -> tuple[Way, ...]:
        return ("catalogue",) if self.candidates is None else ("sampled", "expected", "catalogue")

@dataclass(frozen=True, eq=False)
class Measurement:
    sampled: Ranks | None
    catalogue: Ranks

def measure_model(scorer, lists):
    return Measurement(None if lists.sampled is None else rank(scorer, lists.sampled), rank(scorer, lists.catalogue))

def gains(m, sizes, metric, way):
    if way == "sampled": return metric.gains(m.sampled)
    if way == "catalogue": return metric.gains(m.catalogue)
    k = np.minimum(sizes.candidates, sizes.pool)
    out = np.zeros(len(m.catalogue))
    for j in range(metric.cutoff):
        out += hypergeom.pmf(j, sizes.pool, m.catalogue - 1, k) * metric.gains(np.full(len(out), j + 1))
    return out

def measure_all(m, sizes):
    return {w: {n: float(gains(m, sizes, x, w).mean()) for n, x in METRICS.items()} for w in sizes.ways}
