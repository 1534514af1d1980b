"""Where the time went: by what became of the trials, by session, and what a good score costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from reports.figures.plot import Plot, plot
from reports.figures.slice import Slice, SlicePoint, draw_slice
from reports.sections.section import Section
from reports.states import BEGUN
from studies.results.cost import Saved, saved
from studies.results.study_result import StudyResult, TrialResult


class Spent(NamedTuple):
    """What the trials of one state cost. Seconds are None where no trial recorded any."""

    state: str
    trials: int
    epochs: int
    seconds: float | None
    share: float | None  # of all trials' seconds


class Totals(NamedTuple):
    """What the whole study cost. ``wall`` is elapsed time of its sessions, in seconds."""

    seconds: float  # of all trials, side by side ones added up
    epochs: int
    samples: float  # training samples, as far as their rate was recorded
    wall: float
    busy: float | None  # share of the workers' time spent in trials


class SessionRow(NamedTuple):
    """One run of the search; None where it was killed before it could tell."""

    number: int  # from 1
    started: str
    seconds: float | None
    workers: int | None
    busy: float | None
    trials: int | None


@dataclass(frozen=True)
class Content:
    """The names that the template may use."""

    spent: tuple[Spent, ...]
    totals: Totals
    sessions: tuple[SessionRow, ...]
    saved: tuple[Saved, ...]
    cost: Plot


def section(study: StudyResult) -> Section:
    best = study.best.number if study.best else None
    figure = draw_slice(costs(study), study.objective, best)
    cost = plot("cost-plot", f"{study.objective} by the seconds a trial took", figure)
    content = Content(spent(study), totals(study), sessions(study), saved(study), cost)
    return Section("time", "Time", "Where the time went", content)


def spent(study: StudyResult) -> tuple[Spent, ...]:
    """Cost by state, for the states that occur and have begun."""
    total = totals(study).seconds
    return tuple(_spent(study, state, total) for state in BEGUN if study.of(state))


def totals(study: StudyResult) -> Totals:
    """The study's whole cost."""
    trials = _trained(study, *BEGUN)
    told = [s for s in study.sessions if None not in (s["seconds"], s["workers"], s["busy"])]
    capacity = sum(s["seconds"] * s["workers"] for s in told)
    used = sum(s["seconds"] * s["workers"] * s["busy"] for s in told)
    return Totals(
        seconds=sum(trial.spent or 0.0 for trial in trials),
        epochs=sum(trial.epochs - trial.resumed_epochs for trial in trials),
        samples=sum((t.spent or 0.0) * (t.samples_per_second or 0.0) for t in trials),
        wall=sum(s["seconds"] or 0.0 for s in study.sessions),
        busy=used / capacity if capacity else None,
    )


def sessions(study: StudyResult) -> tuple[SessionRow, ...]:
    """In the order in which they ran."""
    return tuple(
        SessionRow(
            number,
            session["started"],
            session["seconds"],
            session["workers"],
            session["busy"],
            session.get("trials"),
        )
        for number, session in enumerate(study.sessions, 1)
    )


def costs(study: StudyResult) -> Slice:
    """The seconds a trial took against its score."""
    return Slice(
        "seconds",
        "log",
        tuple(
            SlicePoint(trial.number, trial.seconds, score, trial.state, trial.label)
            for trial in study.of("complete", "pruned")
            if trial.seconds is not None and (score := trial.score) is not None
        ),
    )


def _trained(study: StudyResult, *states: str) -> tuple[TrialResult, ...]:
    """Trials without those that only repeat the numbers of an earlier one."""
    return tuple(trial for trial in study.of(*states) if trial.duplicate_of is None)


def _spent(study: StudyResult, state: str, total: float) -> Spent:
    trials = _trained(study, state)
    known = [trial.spent for trial in trials if trial.spent is not None]
    seconds = sum(known) if known else None
    return Spent(
        state,
        len(study.of(state)),
        sum(trial.epochs - trial.resumed_epochs for trial in trials),
        seconds,
        seconds / total if seconds is not None and total else None,
    )
