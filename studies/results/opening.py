"""What the test split said, once it was opened: a record that is written once and never again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from neumf.baselines.catalogue import BASELINES
from neumf.declaration import Value
from neumf.evaluation.measurement import WAYS, Way, ways
from neumf.metrics import OBJECTIVE
from studies.results.behaviour import Behaviour, behaviour_of
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
class Contestant:
    """A configuration that is measured on the test split, as it was decided before that."""

    name: str  # in the JSON
    label: str  # for people
    trial: int
    configuration: dict[str, Value]  # with the weight of its GMF
    last_epoch: int  # whose model is measured


@dataclass(frozen=True)
class Earlier:
    """Another study's opening of the same test split."""

    study: str
    opened: str  # when, ISO 8601


@dataclass(frozen=True)
class Plan:
    """What is decided before anything of the test split is evaluated, and never again."""

    opened: str  # when, ISO 8601
    command: str
    versions: dict[str, str]
    engine: str
    device: str
    searched: dict[str, int]  # trials by state when it was opened
    trials: int  # how many had a verdict
    seeds: int
    way: Way  # of measuring that gives the verdict
    contestants: tuple[Contestant, ...]  # the chosen one first
    opened_before: tuple[Earlier, ...] = ()  # (): none, or an older version

    @property
    def chosen(self) -> int:
        """The trial."""
        return self.contestants[0].trial

    @property
    def configuration(self) -> dict[str, Value]:
        return self.contestants[0].configuration

    @property
    def last_epoch(self) -> int:
        return self.contestants[0].last_epoch

    def as_attribute(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    @classmethod
    def of_attribute(cls, stored: Mapping[str, Any]) -> Plan:
        """From what :meth:`as_attribute` gave."""
        return cls(**{**stored, **_tuples(stored)})


@dataclass(frozen=True)
class Opening(Plan):
    """The record: what was planned, and what came of it."""

    models: tuple[Tested, ...] = ()  # the chosen one first
    behaviour: Behaviour | None = None  # None: opened by an older version

    @classmethod
    def of(
        cls, plan: Plan, models: tuple[Tested, ...], behaviour: Behaviour | None = None
    ) -> Opening:
        """Of a plan that has been carried out."""
        kept = {field.name: getattr(plan, field.name) for field in fields(Plan)}
        return cls(**kept, models=models, behaviour=behaviour)

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
        found = stored.get("behaviour")
        behaviour = None if found is None else behaviour_of(found)
        return cls(**{**stored, **_tuples(stored), "models": models, "behaviour": behaviour})


def _tuples(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a plan."""
    return {
        "contestants": tuple(Contestant(**one) for one in stored["contestants"]),
        "opened_before": tuple(Earlier(**one) for one in stored.get("opened_before", ())),
    }


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
        {way: model.estimates(way) for way in all_ways},
        None if is_chosen else {way: chosen.ahead_of(model, way) for way in all_ways},
    )


def _estimates(stored: Mapping[str, Any]) -> dict[str, Estimate]:
    return {name: Estimate(**one) for name, one in stored.items()}
