"""Every model by every metric in every way of measuring: they can disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from neumf.evaluation.measurement import Way, ways
from neumf.metrics import OBJECTIVE
from studies.results.confirmation import Confirmation
from studies.results.intervals import Estimate
from studies.results.study_result import StudyResult


@dataclass(frozen=True)
class Measured:
    """One model: way of measuring to metric to estimate."""

    name: str
    estimates: dict[Way, dict[str, Estimate]]


@dataclass(frozen=True)
class SideBySide:
    """All models that were measured on one part of the split, the best first by the objective in
    the way that gives the verdict."""

    part: Literal["validation", "test"]
    ways: tuple[Way, ...]
    models: tuple[Measured, ...]

    @property
    def leaders(self) -> dict[Way, str]:
        """The model with the best objective, in each way."""
        return {
            way: max(self.models, key=lambda model: model.estimates[way][OBJECTIVE.name].mean).name
            for way in self.ways
        }


def side_by_side(study: StudyResult, confirmation: Confirmation | None) -> SideBySide | None:
    """On test once it was opened, else on validation; None before anything is confirmed."""
    if study.opening is not None:
        tested = tuple(Measured(model.label, model.estimates) for model in study.opening.models)
        way = study.opening.way
        return SideBySide("test", tuple(tested[0].estimates), _ordered(tested, way))
    if confirmation is None:
        return None
    entries = [entry.model for entry in confirmation.entries]
    simple = [one.model for one in study.baselines if one.model.measurements]
    found = ways(entries[0].sizes)
    models = tuple(
        Measured(model.name, {way: model.estimates(way) for way in found})
        for model in (*entries, *simple)
    )
    return SideBySide("validation", found, _ordered(models, confirmation.way))


def _ordered(models: tuple[Measured, ...], way: Way) -> tuple[Measured, ...]:
    return tuple(sorted(models, key=lambda model: -model.estimates[way][OBJECTIVE.name].mean))
