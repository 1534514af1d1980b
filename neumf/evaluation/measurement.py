"""How good a finished model is: one way to measure for NeuMF and baselines, validation and test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np

from neumf.arrays import Doubles, Ints
from neumf.evaluation.expected import all_expected_gains
from neumf.evaluation.ranking import rank
from neumf.evaluation.scoring import Scorer
from neumf.metrics import METRICS, Metric, Ranks
from neumf.protocol.measured_lists import MeasuredLists

Way = Literal["sampled", "expected", "catalogue"]
"""What a held-out item is ranked against: the candidates drawn for it; on average over all draws of
as many, which is computed from the rank in the catalogue; the whole catalogue."""

WAYS: tuple[Way, ...] = get_args(Way)

IN_WORDS: dict[Way, str] = {
    "sampled": "on the candidates drawn",
    "expected": "expected over all draws of candidates",
    "catalogue": "among the whole catalogue",
}
"""For people."""


class Sized(Protocol):
    """How long the lists are that ranks come from, as :class:`MeasuredLists` says."""

    @property
    def pool(self) -> Ints: ...  # [n]
    @property
    def candidates(self) -> int | None: ...


@dataclass(frozen=True, eq=False)
class Measurement:
    """Ranks of the held-out items of a part, as one model ranks them."""

    sampled: Ranks | None  # [n], None where there are no sampled lists
    catalogue: Ranks  # [n]


def measure_model(scorer: Scorer, lists: MeasuredLists) -> Measurement:
    """Rank every held-out item of ``lists`` in each way that there is."""
    sampled = None if lists.sampled is None else rank(scorer, lists.sampled)
    return Measurement(sampled, rank(scorer, lists.catalogue))


def ways(lists: Sized) -> tuple[Way, ...]:
    """Those that there are: only "catalogue" where the protocol samples no candidates."""
    return ("catalogue",) if lists.candidates is None else WAYS


def headline(lists: Sized) -> Way:
    """The least noisy estimate of what the study's protocol measures."""
    return "catalogue" if lists.candidates is None else "expected"


def gains(measurement: Measurement, lists: Sized, metric: Metric, way: Way) -> Doubles:
    """What ``metric`` is of every list by itself [n]; its mean is the metric."""
    result: Doubles = all_gains(measurement, lists, [metric], way)[0]
    return result


def metrics(measurement: Measurement, lists: Sized, way: Way) -> dict[str, float]:
    """Every metric by name."""
    return {
        name: float(each.mean()) if len(each) else 0.0
        for name, each in zip(
            METRICS, all_gains(measurement, lists, list(METRICS.values()), way), strict=True
        )
    }


def all_metrics(measurement: Measurement, lists: Sized) -> dict[Way, dict[str, float]]:
    """Every metric in every way that there is."""
    return {way: metrics(measurement, lists, way) for way in ways(lists)}


def all_gains(
    measurement: Measurement, lists: Sized, wanted: Sequence[Metric], way: Way
) -> Doubles:
    """:func:`gains` of every wanted metric [len(wanted), n], at the cost of one where it is the
    expected one."""
    if way == "expected":
        assert lists.candidates is not None, "nothing is sampled here"
        return all_expected_gains(wanted, measurement.catalogue, lists.pool, lists.candidates)
    ranks = measurement.catalogue if way == "catalogue" else measurement.sampled
    assert ranks is not None, "nothing is sampled here"
    return np.stack([metric.gains(ranks) for metric in wanted])
