"""What each figure and the table show, as plain tuples: a study's results in, numbers out.

Nothing here draws or formats. A pruned trial's number is its last epoch's
(``TrialResult.score``): it is always kept apart from the values of complete trials, which trained
to their end and which alone can be the best.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from neumf.hyperparameters import HYPERPARAMETERS, Value
from studies.results.study_result import StudyResult, is_better


class HistoryPoint(NamedTuple):
    """One trial that has a score, and who led the study once it was in."""

    number: int
    state: str
    value: float
    best: float | None  # the highest value of the complete trials up to this one
    leader: int | None  # the trial that reached it first
    label: str | None


class Curve(NamedTuple):
    """One trial's learning curve."""

    number: int
    state: str
    epochs: tuple[int, ...]
    values: tuple[float, ...]
    best_epoch: int | None
    rank: int | None  # among complete trials, 1 is the best; None for the others
    label: str | None


class Importance(NamedTuple):
    """How much of the scores' variation one hyperparameter accounts for, as a share of 1."""

    name: str
    share: float


class SlicePoint(NamedTuple):
    """One trial in one hyperparameter's slice."""

    number: int
    x: Value
    score: float
    state: str
    label: str | None


class Slice(NamedTuple):
    """One hyperparameter against the score; ``scale`` is ``linear``, ``log`` or ``category``."""

    name: str
    scale: str
    points: tuple[SlicePoint, ...]


class Row(NamedTuple):
    """One line of the trial table; ``params`` has one entry for each of :func:`searched`."""

    number: int
    state: str
    value: float | None  # a pruned trial's last epoch; None if it has no epoch
    best_epoch: int | None
    epochs: int
    seconds: float | None
    params: tuple[Value | None, ...]
    label: str | None
    reason: str | None
    duplicate_of: int | None


def history(study: StudyResult) -> tuple[HistoryPoint, ...]:
    """Complete and pruned trials in order. A tie does not change the leader."""
    points: list[HistoryPoint] = []
    best: float | None = None
    leader: int | None = None
    for trial in study.of("complete", "pruned"):
        value = trial.score
        if value is None:
            continue
        lead = None if best is None or leader is None else (best, leader)
        if trial.state == "complete" and is_better(value, trial.number, lead):
            best, leader = value, trial.number
        points.append(HistoryPoint(trial.number, trial.state, value, best, leader, trial.label))
    return tuple(points)


def curves(study: StudyResult) -> tuple[Curve, ...]:
    """The learning curve of every trial that reported an epoch, repeated ones once."""
    ranks = {trial.number: rank for rank, trial in enumerate(study.ranking, 1)}
    return tuple(
        Curve(
            trial.number,
            trial.state,
            tuple(epoch for epoch, _ in trial.curve),
            tuple(value for _, value in trial.curve),
            trial.best_epoch,
            ranks.get(trial.number),
            trial.label,
        )
        for trial in study.trials
        if trial.curve and trial.duplicate_of is None
    )


def importances(study: StudyResult) -> tuple[Importance, ...]:
    """Largest first; empty where the study has too few trials to tell."""
    return tuple(Importance(one.name, one.share) for one in study.importances.found)


def slices(study: StudyResult) -> tuple[Slice, ...]:
    """Each searched hyperparameter against the score, the most important first."""
    shares = {one.name: one.share for one in study.importances.found}
    names = sorted(searched(study), key=lambda name: -shares.get(name, 0.0))
    return tuple(_slice(study, name) for name in names)


def costs(study: StudyResult) -> Slice:
    """The seconds a trial took against its score."""
    return Slice(
        "seconds",
        "log",
        tuple(
            SlicePoint(trial.number, trial.seconds, value, trial.state, trial.label)
            for trial in study.of("complete", "pruned")
            if trial.seconds is not None and (value := trial.score) is not None
        ),
    )


def table(study: StudyResult) -> tuple[Row, ...]:
    """Every trial, by number."""
    names = searched(study)
    return tuple(
        Row(
            trial.number,
            trial.state,
            trial.score,
            trial.best_epoch,
            trial.epochs,
            trial.seconds,
            tuple(trial.params.get(name) for name in names),
            trial.label,
            trial.reason,
            trial.duplicate_of,
        )
        for trial in study.trials
    )


def searched(study: StudyResult) -> tuple[str, ...]:
    """The configuration that trials vary, in the order in which the model declares them."""
    return in_order(name for trial in study.trials for name in trial.params)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Distinct ``names`` as :class:`Configuration` orders them, unknown ones last."""
    order = {name: place for place, name in enumerate(HYPERPARAMETERS)}
    return tuple(sorted(set(names), key=lambda name: (order.get(name, len(order)), name)))


def _slice(study: StudyResult, name: str) -> Slice:
    points = tuple(
        SlicePoint(trial.number, trial.params[name], value, trial.state, trial.label)
        for trial in study.of("complete", "pruned")
        if name in trial.params and (value := trial.score) is not None
    )
    return Slice(name, _scale(study.definition.get("space", {}).get(name), points), points)


def _scale(domain: Any, points: tuple[SlicePoint, ...]) -> str:
    """As the definition says: a list of choices, or a table with ``choices`` or ``log``."""
    table = domain if isinstance(domain, dict) else {"choices": domain}
    if table.get("choices") is not None or any(isinstance(point.x, str) for point in points):
        return "category"
    return "log" if table.get("log") else "linear"
