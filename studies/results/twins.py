"""What each half of the best trial's NeuMF does: its twins compared, seed by seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from neumf.hyperparameters import Configuration
from neumf.twins import model_name, twins_of
from studies.results.study_result import StudyResult, TrialResult, TwinRun, rebuild

LEVEL = 0.95
"""Of the intervals: Student's t over the seeds. They tell what another seed would do to a
difference on these validation lists, and nothing about other users."""


@dataclass(frozen=True)
class Contribution:
    """How far the chosen model is ahead of the one that lacks ``part``, seed by seed."""

    part: str
    differences: tuple[float, ...]  # of the seeds that both could be trained with
    fair: bool = True  # both had epochs to choose the best one from

    @property
    def mean(self) -> float | None:
        return _mean(self.differences)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the mean over ever more seeds would lie; None from fewer than two."""
        mean, sd = self.mean, _deviation(self.differences)
        if mean is None or sd is None:
            return None
        from scipy.special import stdtrit

        n = len(self.differences)
        reach = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * sd / math.sqrt(n)
        return mean - reach, mean + reach

    @property
    def verdict(self) -> Literal["adds", "takes away", "cannot be told"]:
        """What ``part`` does, as far as the interval excludes 0. The maximum over epochs against a
        value that is no maximum comes out ahead even if ``part`` is noise: that it adds cannot be
        told."""
        low, high = self.interval or (0.0, 0.0)
        if low > 0 and self.fair:
            return "adds"
        return "takes away" if high < 0 else "cannot be told"

    def sentence(self, show: Callable[[float], str]) -> str:
        """The verdict, its numbers written as ``show`` has them: with their signs."""
        if self.mean is None:
            return f"what {self.part} adds is unknown: no seed has both values"
        told = f"{self.part} adds {show(self.mean)}"
        if self.interval is not None:
            told += f" [{', '.join(map(show, self.interval))}]"
        seeds = len(self.differences)
        counted = f"{seeds} seeds" if seeds > 1 else "one seed"
        if self.mean > 0 and not self.fair:
            return f"{told}, some of which comes from choosing its best epoch"
        ends = {
            "adds": "",
            "takes away": ": it takes away",
            "cannot be told": f", which {counted} cannot tell from nothing",
        }
        return told + ends[self.verdict]

    def as_json(self) -> dict[str, Any]:
        """See :meth:`Comparison.as_json`."""
        return {
            "part": self.part,
            "seeds": len(self.differences),
            "mean": self.mean,
            "interval": self.interval,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class Model:
    """The best trial's model or a twin of it, with the fresh seeds it was trained with so far."""

    name: str
    runs: tuple[TwinRun, ...]  # by seed number

    @property
    def values(self) -> tuple[float, ...]:
        return tuple(run.value for run in self.runs if run.value is not None)

    @property
    def failures(self) -> tuple[str, ...]:
        """Why it could not be trained, for each seed with which it could not."""
        return tuple(run.reason for run in self.runs if run.reason is not None)

    @property
    def mean(self) -> float | None:
        return _mean(self.values)

    @property
    def deviation(self) -> float | None:
        """Standard deviation over the seeds; None from fewer than two."""
        return _deviation(self.values)

    def as_json(self) -> dict[str, Any]:
        """See :meth:`Comparison.as_json`."""
        return {
            "values": {str(r.seed_number): r.value for r in self.runs if r.value is not None},
            "failures": {str(r.seed_number): r.reason for r in self.runs if r.reason is not None},
            "mean": self.mean,
            "sd": self.deviation,
        }


@dataclass(frozen=True)
class TwinModel(Model):
    """A twin, and what the part that it lacks contributes to the best trial's model."""

    contribution: Contribution

    def as_json(self) -> dict[str, Any]:
        """See :meth:`Comparison.as_json`."""
        return {**super().as_json(), "lacks": self.contribution.as_json()}


@dataclass(frozen=True)
class Comparison:
    """The best trial's model beside its twins."""

    trial: TrialResult
    chosen: Model
    twins: tuple[TwinModel, ...]

    @property
    def models(self) -> tuple[Model, ...]:
        return self.chosen, *self.twins

    def as_json(self) -> dict[str, Any]:
        """``twins`` in ``--json``: the best trial's number and the value that the search saw, and
        for each model its values and failures by the number of the seed, and mean and standard
        deviation of the values. What a twin ``lacks`` is a part of the best trial's model; ``mean``
        there is how far the latter is ahead on average of the ``seeds`` that both could be trained
        with, ``verdict`` is ``adds``, ``takes away`` or ``cannot be told``."""
        return {
            "trial": self.trial.number,
            "searched": self.trial.value,
            "models": {model.name: model.as_json() for model in self.models},
        }


def chosen_model(study: StudyResult) -> str | None:
    """The kind of model that the best trial is: NeuMF, GMF alone or MLP alone."""
    return None if study.best is None else model_name(rebuild(study.best.configuration))


def compare(study: StudyResult) -> Comparison | None:
    """None where the best trial's model has not been trained over fresh seeds yet, or has no
    twins."""
    if study.best is None or not study.twins:
        return None
    configuration = rebuild(study.best.configuration)
    twins = twins_of(configuration)
    chosen = Model(model_name(configuration), _runs(study, configuration))
    if not chosen.runs or not twins:
        return None
    return Comparison(
        study.best,
        chosen,
        tuple(
            TwinModel(
                twin.name,
                runs,
                Contribution(twin.lacks, _differences(chosen.runs, runs), twin.has_epochs),
            )
            for twin in twins
            for runs in [_runs(study, twin.configuration)]
        ),
    )


def _runs(study: StudyResult, configuration: Configuration) -> tuple[TwinRun, ...]:
    runs = (run for run in study.twins if run.is_of(configuration))
    return tuple(sorted(runs, key=lambda run: run.seed_number))


def _differences(chosen: Sequence[TwinRun], twin: Sequence[TwinRun]) -> tuple[float, ...]:
    values = {run.seed_number: run.value for run in twin}
    return tuple(
        run.value - value
        for run in chosen
        if run.value is not None and (value := values.get(run.seed_number)) is not None
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _deviation(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None
