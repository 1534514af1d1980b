"""Who did what, and when, on one axis."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from studies.results.spans import Span
from studies.results.study_result import StudyResult, TrialResult
from studies.results.timeline import PAUSE, busy_seconds, timeline
from tests.reports.made_up import EMPTY, complete, tiny

BEGAN = datetime(2026, 3, 14, 10, 0)  # noqa: DTZ001 - as Optuna stores its trials' times


def made(number: int, begin: float, took: float, **facts: Any) -> TrialResult:
    """A trial that ran ``begin`` seconds after the study began."""
    started = BEGAN + timedelta(seconds=begin)
    times = {"started": started, "finished": started + timedelta(seconds=took)}
    return replace(complete(number, 0.4), **{**times, **facts})


def run(begin: float, seconds: float, worker: int | None = None) -> Span:
    started = BEGAN + timedelta(seconds=begin)
    times = started, started + timedelta(seconds=seconds)
    return Span("confirming", "trial 0, fresh seed 1", "complete", *times, worker)


def bars(study: StudyResult) -> list[tuple[str, str, float, float]]:
    found = timeline(study)
    return [(b.span.name, found.rows[b.row], b.begin, b.span.seconds) for b in found.bars]


def test_each_worker_has_a_row_whatever_the_phase() -> None:
    study = tiny(made(0, 0, 10, worker=0), made(1, 0, 6, worker=1), made(2, 6, 4, worker=1))
    tuned = run(14, 5)._replace(phase="simple models", name="EASE")
    study = replace(study, beside=(run(10, 4, worker=1), tuned))
    assert bars(study) == [
        ("trial 0", "worker 0", 0.0, 10.0),
        ("trial 1", "worker 1", 0.0, 6.0),
        ("trial 2", "worker 1", 6.0, 4.0),
        ("trial 0, fresh seed 1", "worker 1", 10.0, 4.0),
        ("EASE", "coordinator", 14.0, 5.0),
    ]


def test_work_whose_worker_is_not_recorded_takes_as_many_rows_as_went_on_at_once() -> None:
    """Which older versions did not; the rows do not pretend to be workers."""
    study = tiny(made(0, 0, 10), made(1, 0, 4), made(2, 4, 4), made(3, 10, 5, worker=3))
    assert [row for _, row, _, _ in bars(study)] == [
        "not recorded 1",
        "not recorded 2",
        "not recorded 2",
        "worker 3",
    ]
    assert timeline(study).rows == ("worker 3", "not recorded 1", "not recorded 2")


def test_a_long_pause_is_cut_short_and_told_with_the_session_after_it() -> None:
    day = 24 * 3600
    found = timeline(tiny(made(0, 0, 100, session=0), made(1, day, 100, session=1)))
    assert found.pauses == ((100 + PAUSE * 200, day - 100, 1),)
    assert found.length == 200 + PAUSE * 200


def test_a_session_that_goes_on_at_once_is_told_too() -> None:
    found = timeline(tiny(made(0, 0, 100, session=0), made(1, 102, 100, session=1)))
    assert found.pauses == ((102.0, 2.0, 1),)


def test_what_has_no_verdict_lasts_as_long_as_it_was_heard_of() -> None:
    """A trial of a session that was killed is ended by the next session."""
    killed = made(0, 0, 24 * 3600, state="interrupted", seconds=7.0)
    running = made(1, 0, 0, state="running", seconds=3.0, finished=None)
    silent = made(2, 0, 24 * 3600, state="interrupted", seconds=None)
    resumed = made(3, 0, 0, state="running", seconds=9.0, resumed_seconds=5.0, finished=None)
    assert bars(tiny(killed, running, silent, resumed)) == [
        ("trial 0", "not recorded 1", 0.0, 7.0),
        ("trial 1", "not recorded 2", 0.0, 3.0),
        ("trial 3", "not recorded 3", 0.0, 4.0),
    ]


def test_a_repeated_trial_took_no_worker() -> None:
    assert bars(tiny(made(1, 0, 5, duplicate_of=0))) == []


def test_nothing_is_nothing() -> None:
    found = timeline(EMPTY)
    assert (found.rows, found.bars, found.pauses, found.length) == ((), (), (), 0.0)


SECONDS = st.integers(0, 10_000)


@given(st.lists(st.tuples(SECONDS, st.integers(1, 500)), min_size=1, max_size=30))
def test_rows_hold_one_thing_at_a_time_and_nothing_is_lost(times: list[tuple[int, int]]) -> None:
    """And the axis is the work, and its pauses cut short."""
    found = timeline(tiny(*(made(n, begin, took) for n, (begin, took) in enumerate(times))))
    assert len(found.bars) == len(times)
    for place in range(len(found.rows)):
        row = [bar for bar in found.bars if bar.row == place]
        for one, other in pairwise(row):
            assert one.begin + one.span.seconds <= other.begin + 1e-6
    work = busy_seconds(bar.span for bar in found.bars)
    gaps = len(times)
    assert work - 1e-6 <= found.length <= work * (1 + PAUSE * gaps) + 1e-6
