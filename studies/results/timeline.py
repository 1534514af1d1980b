"""A study's work along one axis of time, pauses cut short, in a row for each worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from studies.results.spans import Span
from studies.results.study_result import FINISHED, StudyResult, TrialResult

PAUSE = 0.03
"""A time in which nothing was done is drawn no longer than this share of all work."""

COORDINATOR = "coordinator"
"""The row of the simple models: it tunes them itself, with the CPUs of all workers."""

UNKNOWN = "not recorded"
"""The row of work whose worker is not known; what went on at the same time takes several."""


class Bar(NamedTuple):
    """A span in its place."""

    row: int
    begin: float  # seconds of the axis
    span: Span


class Pause(NamedTuple):
    """A time that was cut short, or that lies between two sessions."""

    at: float  # seconds of the axis, where work went on
    seconds: float
    session: int | None  # that began there, from 0; None: not known that one did


class Timeline(NamedTuple):
    """All that is known of when a study was worked on."""

    rows: tuple[str, ...]
    bars: tuple[Bar, ...]  # by their begin
    pauses: tuple[Pause, ...]

    @property
    def length(self) -> float:
        """Seconds of the axis."""
        return max((bar.begin + bar.span.seconds for bar in self.bars), default=0.0)


def timeline(study: StudyResult) -> Timeline:
    """Without trials that only have an earlier one's result: nothing was done for them."""
    trials = [span for trial in study.trials if (span := _span(trial)) is not None]
    spans = sorted([*trials, *study.beside], key=lambda span: (span.started, span.name))
    rows, places = _rows(spans)
    begins, pauses = _axis(spans)
    return Timeline(rows, tuple(map(Bar, places, begins, spans)), pauses)


def busy_seconds(spans: Iterable[Span]) -> float:
    """Of the clock, in which at least one of them went on."""
    total, end = 0.0, None
    for span in sorted(spans, key=lambda span: span.started):
        begin = span.started if end is None else max(span.started, end)
        total += max(0.0, (span.finished - begin).total_seconds())
        end = span.finished if end is None else max(span.finished, end)
    return total


def _span(trial: TrialResult) -> Span | None:
    """None if nothing was done for it, as far as was heard. What has no verdict lasted as long as
    it was heard of: a trial of a killed session is ended by the next one, perhaps days later."""
    if trial.started is None or trial.duplicate_of is not None:
        return None
    ended = trial.started + timedelta(seconds=trial.spent or 0.0)
    if trial.state in FINISHED and trial.finished is not None:
        ended = trial.finished
    if ended <= trial.started:
        return None
    name, number = f"trial {trial.number}", trial.number
    times = trial.started, ended
    return Span("search", name, trial.state, *times, trial.worker, trial.session, number)


def _rows(spans: Sequence[Span]) -> tuple[tuple[str, ...], list[int]]:
    """The names of the rows, and for each span its row. ``spans`` are by their begin."""
    workers = sorted({span.worker for span in spans if span.worker is not None})
    names = {worker: f"worker {worker}" for worker in workers}
    found = [names[span.worker] if span.worker is not None else "" for span in spans]
    ends: list[datetime] = []  # of the rows whose workers are not known
    for place, span in enumerate(spans):
        if span.phase == "simple models":
            found[place] = COORDINATOR
        elif span.worker is None:
            free = (n for n, end in enumerate(ends) if end <= span.started)
            lane = next(free, len(ends))
            ends[lane : lane + 1] = [span.finished]
            found[place] = f"{UNKNOWN} {lane + 1}"
    rows = [*names.values(), *(f"{UNKNOWN} {n}" for n in range(1, len(ends) + 1))]
    if COORDINATOR in found:
        rows.append(COORDINATOR)
    places = {name: place for place, name in enumerate(rows)}
    return tuple(rows), [places[name] for name in found]


def _axis(spans: Sequence[Span]) -> tuple[list[float], tuple[Pause, ...]]:
    """Where on the axis each span begins, and where pauses are. ``spans`` are by their begin."""
    begins: list[float] = []
    pauses: list[Pause] = []
    longest = PAUSE * busy_seconds(spans)
    origin = end = spans[0].started if spans else None
    session, cut = None, 0.0
    for span in spans:
        assert origin is not None
        assert end is not None
        gap = (span.started - end).total_seconds()
        is_new = None not in (session, span.session) and span.session != session
        cut += max(0.0, gap - longest)
        begins.append((span.started - origin).total_seconds() - cut)
        if gap > longest or (is_new and gap > 0):
            pauses.append(Pause(begins[-1], gap, span.session if is_new else None))
        end = max(end, span.finished)
        session = session if span.session is None else span.session
    return begins, tuple(pauses)
