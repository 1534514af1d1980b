"""What a terminal showed of a stored search, acted again from what the study keeps of it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rich.console import Console

from neumf.metrics import OBJECTIVE
from search.display import panel
from search.options import Options
from search.pace import Pace
from search.phases import place, planned
from search.status import SearchStatus
from studies.definition.schema import Definition
from studies.ledger.job import EpochResult, Job
from studies.results.study_result import FINISHED, StudyResult, TrialResult, rebuild
from studies.results.timeline import timeline

WIDTH, HEIGHT = 120, 34
"""Of the terminal, in letters."""

LINES = 6
"""Of trials that have ended, above the panel."""


class Event(NamedTuple):
    """A trial began, had an epoch, or ended."""

    at: float  # seconds of work since the study began
    slot: int
    trial: TrialResult
    what: EpochResult | None  # the epoch
    has_ended: bool = False


@dataclass
class Clock:
    """Shows the time of the latest event."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def acted_again(study: StudyResult, definition: Definition, share: float) -> Console:
    """A console with the search as it was when a share of its trials had ended: a line for each of
    the latest, and the panel."""
    events = sorted(_events(study), key=lambda event: event.at)
    clock = Clock()
    status = SearchStatus(
        definition.params,
        len(study.finished),
        0,
        phase=place("searching", planned(Options(storage=""), is_short=True)) + "searching",
        pace=Pace(clock),
    )
    lines: list[str] = []
    heard: dict[int, list[EpochResult]] = {}
    for event in events:
        clock.now = event.at
        trial, job, slot = event.trial, _job(event.trial), event.slot
        if event.what is not None:
            heard[trial.number].append(event.what)
            status.epoch(slot, job, event.what)
        elif not event.has_ended:
            heard[trial.number] = []
            status.started(slot, job)
        else:
            lines.append(status.ended(job, trial.state, heard[trial.number]))
            status.tick(len(lines), status.total)
        if len(lines) >= share * status.total and event.what is not None:
            break
    console = Console(
        file=io.StringIO(), record=True, width=WIDTH, height=HEIGHT, force_terminal=True
    )
    for line in lines[-LINES:]:
        console.print(line, markup=False, highlight=False)
    console.print(panel(status, HEIGHT))
    return console


def as_page(console: Console) -> str:
    """What a console has recorded, as a page whose one element is the picture. The font that rich
    would fetch from elsewhere is left out."""
    picture = console.export_svg(title="", font_aspect_ratio=0.6)
    alone = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    return f"<!doctype html><meta charset=utf-8><style>body{{margin:0}}</style>{alone}"


def _events(study: StudyResult) -> Iterator[Event]:
    """Of trials that were trained and have a verdict. Epochs are told at equal distances: their
    seconds are stored as a sum. A worker that is not recorded is any that was free."""
    for row, begin, span in timeline(study).bars:
        if span.phase != "search" or span.state not in FINISHED or span.trial is None:
            continue
        trial = study.trial(span.trial)
        yield Event(begin, row, trial, None)
        each = span.seconds / max(1, trial.epochs)
        for epoch in _epochs(trial, each):
            yield Event(begin + each * epoch.number, row, trial, epoch)
        yield Event(begin + span.seconds, row, trial, None, has_ended=True)


def _epochs(trial: TrialResult, seconds: float) -> Iterator[EpochResult]:
    best_epoch, best = 0, float("-inf")
    samples = round((trial.samples_per_second or 0.0) * seconds)
    for (number, value), loss in zip(trial.curve, trial.losses, strict=True):
        if value > best:
            best_epoch, best = number, value
        yield EpochResult(
            *(number, loss, {OBJECTIVE.name: value}, best_epoch, best, samples, seconds),
            *(trial.parameters or 0, trial.engine or ""),
        )


def _job(trial: TrialResult) -> Job:
    return Job(trial.number, rebuild(trial.configuration), trial.seed or 0, trial.label)
