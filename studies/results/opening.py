"""What the test split said, once it was opened: a record that is written once and never again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from neumf.baselines.catalogue import BASELINES
from neumf.declaration import Value
from neumf.evaluation.measurement import WAYS, Way, ways
from neumf.metrics import METRICS, OBJECTIVE
from studies.results.intervals import Estimate
from studies.results.measured import MeasuredModel

Verdict = Literal["ahead", "behind", "level"]

NEUMF = "neumf"
"""The name, among the models of the record, of the chosen configuration."""


@dataclass(frozen=True)
class Tested:
    """One model on the test split."""

    name: str  # in the JSON
    label: str  # for people
    estimates: dict[Way, dict[str, Estimate]]  # by way of measuring and metric
    ahead: dict[Way, Estimate] | None  # of it the chosen one is so far, by way; None: it is that


@dataclass(frozen=True)
class Opening:
    """The record."""

    opened: str  # when, ISO 8601
    command: str
    versions: dict[str, str]
    searched: dict[str, int]  # trials by state when it was opened
    trials: int  # how many had a verdict
    chosen: int  # the trial
    configuration: dict[str, Value]  # as it was trained, with the weight of its GMF
    last_epoch: int
    seeds: int
    way: Way  # of measuring that gives the verdict
    models: tuple[Tested, ...]  # the chosen one first

    def model(self, name: str) -> Tested | None:
        return next((model for model in self.models if model.name == name), None)

    @property
    def neumf(self) -> Tested:
        return self.models[0]

    @property
    def best_baseline(self) -> Tested | None:
        """The best of the simple models on the test split itself, which is in its favour."""
        simple = [m for m in self.models if m.name in BASELINES]
        if not simple:
            return None
        return max(simple, key=lambda model: model.estimates[self.way][OBJECTIVE.name].mean)

    @property
    def verdict(self) -> Verdict | None:
        """How the chosen NeuMF stands to the best baseline, as far as the paired interval tells;
        None without baselines."""
        best = self.best_baseline
        if best is None or best.ahead is None:
            return None
        return verdict_of(best.ahead[self.way])

    def as_attribute(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    @classmethod
    def of_attribute(cls, stored: Mapping[str, Any]) -> Opening:
        """From what :meth:`as_attribute` gave."""
        models = tuple(
            Tested(
                model["name"],
                model["label"],
                {_way(name): _estimates(found) for name, found in model["estimates"].items()},
                None
                if model["ahead"] is None
                else {_way(name): one for name, one in _estimates(model["ahead"]).items()},
            )
            for model in stored["models"]
        )
        return cls(**{**stored, "models": models})


def _way(name: str) -> Way:
    """One of those that there are, or it was not stored by this program."""
    return next(way for way in WAYS if way == name)


def verdict_of(ahead: Estimate) -> Verdict:
    """Of a paired difference."""
    if ahead.low > 0:
        return "ahead"
    return "behind" if ahead.high < 0 else "level"


def tested(name: str, label: str, model: MeasuredModel, chosen: MeasuredModel) -> Tested:
    """A model measured on the test split, compared with the chosen one."""
    all_ways = ways(model.sizes)
    is_chosen = model is chosen
    return Tested(
        name,
        label,
        {
            way: {n: model.estimate(way, metric) for n, metric in METRICS.items()}
            for way in all_ways
        },
        None if is_chosen else {way: chosen.ahead_of(model, way) for way in all_ways},
    )


def _estimates(stored: Mapping[str, Any]) -> dict[str, Estimate]:
    return {name: Estimate(**one) for name, one in stored.items()}
