"""What confirming found: the best configurations over fresh seeds, and which of them is chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neumf.evaluation.measurement import Way, headline
from neumf.hyperparameters import CHOSEN, Configuration
from studies.results.intervals import Estimate
from studies.results.measured import MeasuredModel, MeasuredRun, model_of
from studies.results.study_result import StudyResult, TrialResult, rebuild


@dataclass(frozen=True, eq=False)
class Confirmed:
    """One configuration over fresh seeds."""

    trial: TrialResult
    model: MeasuredModel
    runs: tuple[MeasuredRun, ...]  # those that did not fail
    failures: tuple[str, ...]
    mean: Estimate  # of the objective, by the way of measuring that ranks
    sampled: Estimate | None  # as the search measures it
    behind: Estimate | None  # the first one; None: it is the first

    @property
    def number(self) -> int:
        return self.trial.number

    @property
    def is_level(self) -> bool:
        """Whether it cannot be told apart from the first."""
        return self.behind is None or not self.behind.is_told

    @property
    def parameters(self) -> int:
        """What the model costs to store and to serve."""
        return max(run.parameters or 0 for run in self.runs)

    def as_json(self) -> dict[str, Any]:
        """An element of ``confirmed`` in ``--json``."""
        return {
            "number": self.number,
            "label": self.trial.label,
            **self.mean.as_json(),
            "searched": self.trial.value,
            "sampled": None if self.sampled is None else self.sampled.mean,
            "behind": None if self.behind is None else self.behind.as_json(),
            "level": self.is_level,
            "parameters": self.parameters,
        }


@dataclass(frozen=True, eq=False)
class Confirmation:
    """All of them, the best mean first; last those that failed with some seed, which are nothing to
    rely on."""

    way: Way
    entries: tuple[Confirmed, ...]
    is_complete: bool

    @property
    def chosen(self) -> Confirmed | None:
        """Of those that cannot be told apart from the first, the one of fewest parameters; of
        equals the first. None before all runs are done."""
        level = [entry for entry in self.entries if entry.is_level and not entry.failures]
        if not self.is_complete or not level:
            return None
        return min(level, key=lambda entry: entry.parameters)

    def of(self, number: int) -> Confirmed | None:
        return next((entry for entry in self.entries if entry.number == number), None)


def confirm(study: StudyResult) -> Confirmation | None:
    """None where nothing has been confirmed yet."""
    measured = study.confirmed
    if measured is None:
        return None
    found = {number: model_of(measured, number, _name(study, number)) for number in measured.trials}
    models = {number: model for number, model in found.items() if model.measurements}
    if not models:
        return None
    way = headline(measured.sizes)
    means = {number: model.estimate(way) for number, model in models.items()}
    order = sorted(means, key=lambda n: (_has_failed(measured.of(n)), -means[n].mean, n))
    first = models[order[0]]
    entries = []
    for number in order:
        model, runs = models[number], measured.of(number)
        entries.append(
            Confirmed(
                study.trial(number),
                model,
                tuple(run for run in runs if run.measurement is not None),
                tuple(run.reason or "" for run in runs if run.measurement is None),
                means[number],
                model.estimate("sampled") if measured.sizes.candidates is not None else None,
                None if model is first else first.ahead_of(model, way),
            )
        )
    return Confirmation(way, tuple(entries), measured.is_complete)


def _has_failed(runs: Sequence[MeasuredRun]) -> bool:
    return any(run.measurement is None for run in runs)


def chosen_trial(study: StudyResult, confirmation: Confirmation | None) -> int | None:
    """The trial that the test split was opened for, whatever was confirmed since."""
    if study.opening_plan is not None:
        return study.opening_plan.chosen
    chosen = None if confirmation is None else confirmation.chosen
    return None if chosen is None else chosen.number


def _name(study: StudyResult, number: int) -> str:
    return study.trial(number).label or f"trial {number}"


def learnt(entry: Confirmed) -> tuple[Configuration, int]:
    """How a confirmed configuration is trained where nothing validates: with the weight of its GMF
    and up to the epoch that the fresh seeds found best, medians both."""
    configuration = rebuild(entry.trial.configuration)
    if configuration.alpha == CHOSEN:
        alpha = float(np.median([run.alpha or 0.0 for run in entry.runs]))
        configuration = replace(configuration, alpha=alpha)
    if not configuration.tuning_epochs:
        return configuration, max(1, _median([run.best_epoch or 1 for run in entry.runs]))
    # tuning began at the best epoch before it: where nothing validates, at the last one
    begins = [len(run.curve) - configuration.tuning_epochs for run in entry.runs]
    own = _median([_best(run, begin) for run, begin in zip(entry.runs, begins, strict=True)])
    best = [run.best_epoch or 1 for run in entry.runs]
    tuned = _median([max(0, n - begin) for n, begin in zip(best, begins, strict=True)])
    if not tuned:
        return configuration, own
    if configuration.own.schedule == "constant":
        configuration = replace(configuration, epochs=own)
    return configuration, configuration.own.epochs + tuned


def _best(run: MeasuredRun, last: int) -> int:
    """The best of the first ``last`` epochs."""
    return -max((value, -epoch) for epoch, value in run.curve if epoch <= last)[1]


def _median(numbers: Sequence[int]) -> int:
    return math.floor(float(np.median(numbers)) + 0.5)
