"""Time left: it comes down to nothing, and is right long before."""

from __future__ import annotations

import heapq
from dataclasses import replace

import numpy as np
import pytest

from search.pace import Pace
from search.status import SearchStatus
from tests.search.fakes import epoch, job


class Clock:
    """Goes where it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def play(durations: list[float], workers: int) -> list[tuple[float, float]]:
    """Runs of ``durations`` on so many workers: at each of a hundred moments, the time that was
    left and what was told."""
    clock, events = Clock(), []
    pace = Pace(clock)
    waiting = list(enumerate(durations))
    running: list[tuple[float, int]] = []
    done, told = 0, []

    def start() -> None:
        number, seconds = waiting.pop(0)
        pace.began(number)
        heapq.heappush(running, (clock.now + seconds, number))

    begin = clock.now
    while waiting and len(running) < workers:
        start()
    step = sum(durations) / workers / 100
    while running:
        end, number = running[0]
        if end <= clock.now + step:
            clock.now = end
            heapq.heappop(running)
            pace.ended(number)
            done += 1
            if waiting:
                start()
        else:
            clock.now += step
        left = pace.seconds_left(done, len(durations))
        if left is not None:
            told.append((clock.now, left))
    events = [(clock.now - at, left) for at, left in told]
    assert clock.now > begin
    return events


@pytest.mark.parametrize("workers", [1, 2, 16])
def test_it_converges(workers: int) -> None:
    """From half of the time on it is within a fifth of the whole, and ends at nothing."""
    rng = np.random.default_rng(workers)
    durations = [float(x) for x in rng.gamma(4.0, 2.0, 120)]
    events = play(durations, workers)
    whole = events[0][0]
    for left, told in events:
        if left < whole / 2:
            assert abs(told - left) < whole / 5
    assert events[-1][1] == pytest.approx(0.0, abs=1e-6)


def test_it_does_not_grow_while_a_run_goes_on() -> None:
    """Between two ends it comes down, second by second, as far as a run lasts its usual time."""
    clock = Clock()
    pace = Pace(clock)
    pace.began(0)
    assert pace.seconds_left(0, 10) is None
    clock.now += 10
    pace.ended(0)
    pace.began(1)
    told = []
    for _ in range(11):
        told.append(pace.seconds_left(1, 10))
        clock.now += 1
    assert told == [90.0 - n for n in range(11)]


def test_runs_that_begin_again_are_no_measure() -> None:
    """Their workers died; and copies of earlier trials, which take no time, speed the rest up."""
    clock = Clock()
    pace = Pace(clock)
    pace.began(0)
    clock.now += 1
    pace.lost(0)
    assert pace.seconds_left(0, 4) is None
    pace.began(0)
    clock.now += 10
    pace.ended(0)
    assert pace.seconds_left(1, 4) == 30.0
    assert pace.seconds_left(2, 4) == 10.0


def test_a_run_that_goes_on_lasted_as_long_as_its_sessions_together() -> None:
    """What follows it begins at its beginning; and epochs that are told again have no speed."""
    clock = Clock()
    status = SearchStatus(dict, total=3, done=0, pace=Pace(clock))
    status.started(0, job(0))
    told = [replace(epoch(number), seconds=10.0, again=number <= 4) for number in range(1, 7)]
    for one in told[:4]:
        status.epoch(0, job(0), one)
    assert status.epochs_per_second == 0
    for one in told[4:]:
        clock.now += 10
        status.epoch(0, job(0), one)
    assert status.epochs_per_second == pytest.approx(0.1)
    status.ended(job(0), "complete", told)
    status.tick(1, 3)
    assert status.seconds_left == pytest.approx(120.0)
