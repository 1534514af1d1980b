"""Every model that a study tells of, side by side: confirmed on validation, and on the test split
once it was opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from neumf.declaration import Value
from neumf.evaluation.measurement import Way
from neumf.metrics import OBJECTIVE
from studies.results.confirmation import Confirmation, Confirmed
from studies.results.intervals import Estimate
from studies.results.measured import TunedBaseline
from studies.results.opening import Opening, Tested
from studies.results.study_result import StudyResult


@dataclass(frozen=True)
class Standing:
    """One model by the objective; what was not measured is None."""

    name: str
    trial: int | None = None  # whose configuration it is; None: a baseline
    is_chosen: bool = False
    hyperparameters: dict[str, Value] = field(default_factory=dict)  # of a baseline, as tuned
    tried: int = 0  # configurations that a baseline was the best of
    validation: Estimate | None = None  # over fresh seeds
    test: Estimate | None = None
    ahead: Estimate | None = None  # of it the chosen one is so far; None: it is that
    refusal: str | None = None  # why it was not made

    @property
    def known(self) -> Estimate | None:
        """What is known best: test, else validation."""
        return self.test or self.validation


@dataclass(frozen=True)
class Standings:
    """Ordered by what is known best, those that were not measured last."""

    way: Way  # of measuring
    rows: tuple[Standing, ...]
    on_test: bool  # so that ``ahead`` is on test

    @property
    def chosen(self) -> Standing | None:
        return next((row for row in self.rows if row.is_chosen), None)

    @property
    def best_baseline(self) -> Standing | None:
        """The first of the simple models."""
        return next((r for r in self.rows if r.trial is None and r.known is not None), None)


def standings(study: StudyResult, confirmation: Confirmation | None) -> Standings | None:
    """The chosen configuration, the starting points and the baselines; None before anything is
    confirmed. Before there is a choice, the first of the confirmed ones stands in its place."""
    if confirmation is None:
        return None
    found = [*_neumfs(study.opening, confirmation), *_baselines(study, confirmation)]
    rows = sorted(found, key=lambda row: -1.0 if row.known is None else -row.known.mean)
    measured = [row for row in rows if row.known is not None]
    unmeasured = [row for row in rows if row.known is None]
    return Standings(confirmation.way, (*measured, *unmeasured), study.opening is not None)


def _neumfs(opening: Opening | None, confirmation: Confirmation) -> Iterator[Standing]:
    first = confirmation.chosen or confirmation.entries[0]
    number = first.number if opening is None else opening.chosen
    chosen = confirmation.of(number)
    if opening is not None:
        validation = None if chosen is None else chosen.mean
        test = opening.neumf.estimates[opening.way][OBJECTIVE.name]
        yield Standing("NeuMF, chosen", number, is_chosen=True, validation=validation, test=test)
    elif chosen is not None:
        is_chosen = confirmation.chosen is not None
        name = "NeuMF, chosen" if is_chosen else "NeuMF, first so far"
        yield Standing(name, number, is_chosen=is_chosen, validation=chosen.mean)
    for entry in confirmation.entries:
        if entry.trial.label is not None and entry.number != number:
            yield _starting_point(entry, opening, chosen, confirmation.way)


def _starting_point(
    entry: Confirmed, opening: Opening | None, chosen: Confirmed | None, way: Way
) -> Standing:
    label = entry.trial.label or ""
    model = None if opening is None else opening.model(label)
    ahead = _ahead(opening, model)
    if opening is None and chosen is not None:
        ahead = chosen.model.ahead_of(entry.model, way)
    return Standing(
        f"NeuMF, {label}",
        entry.number,
        validation=entry.mean,
        test=_test(opening, model),
        ahead=ahead,
    )


def _baselines(study: StudyResult, confirmation: Confirmation) -> Iterator[Standing]:
    for one in study.baselines:
        model = None if study.opening is None else study.opening.model(one.name)
        validation = one.model.estimate(confirmation.way) if one.model.measurements else None
        yield Standing(
            one.label,
            hyperparameters=one.hyperparameters,
            tried=one.tried,
            validation=validation,
            test=_test(study.opening, model),
            ahead=_ahead_of_baseline(study.opening, model, one, confirmation),
            refusal=one.refusal,
        )


def _ahead_of_baseline(
    opening: Opening | None,
    model: Tested | None,
    one: TunedBaseline,
    confirmation: Confirmation,
) -> Estimate | None:
    if opening is not None:
        return _ahead(opening, model)
    if confirmation.chosen is None or not one.model.measurements:
        return None
    return confirmation.chosen.model.ahead_of(one.model, confirmation.way)


def _test(opening: Opening | None, model: Tested | None) -> Estimate | None:
    return (
        None if opening is None or model is None else model.estimates[opening.way][OBJECTIVE.name]
    )


def _ahead(opening: Opening | None, model: Tested | None) -> Estimate | None:
    if opening is None or model is None or model.ahead is None:
        return None
    return model.ahead[opening.way]
