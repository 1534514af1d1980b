"""How much of its time a search leaves for confirming and opening."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from search.options import Options
from search.reserve import LEAST_SHARE, SPARE, search_is_overdue, seconds_to_confirm
from studies.results.study_result import StudyResult, TrialResult

OPTIONS = Options(storage="", top=2, fresh_seeds=5)


def trial(number: int, value: float, seconds: float | None, label: str | None = None) -> Any:
    return TrialResult(number, "complete", {}, value, label=label, seconds=seconds)


def study(*trials: TrialResult) -> StudyResult:
    return StudyResult("mine", "", {}, {}, "nDCG@10", trials)


TRIALS = study(
    trial(0, 0.1, 7.0, "notebook"), trial(1, 0.4, 10.0), trial(2, 0.5, 20.0), trial(3, 0.3, 100.0)
)
"""The two best take 10 and 20 seconds, the starting point 7."""


def test_what_would_be_trained_again_is_added_up() -> None:
    """Confirming: both and the starting point, five seeds; opening: the longer of the best two, in
    case it is chosen, and the starting point; saving: one more run, by one worker."""
    confirmed, opened, saved = 5 * (10 + 20 + 7), 5 * (20 + 7), 20
    expected = SPARE * ((confirmed + opened) / 2 + saved)
    assert seconds_to_confirm(TRIALS, OPTIONS, 2) == pytest.approx(expected)


def test_without_opening_only_confirming_is_left_time() -> None:
    sealed = replace(OPTIONS, open=False)
    assert seconds_to_confirm(TRIALS, sealed, 1) == pytest.approx(SPARE * 5 * (10 + 20 + 7))


def test_a_starting_point_among_the_best_counts_once() -> None:
    """And trials of an older version, whose time is not known, count nothing."""
    named = study(trial(0, 0.5, 10.0, "notebook"), trial(1, 0.4, None))
    sealed = replace(OPTIONS, open=False)
    assert seconds_to_confirm(named, sealed, 1) == pytest.approx(SPARE * 5 * 10)
    assert seconds_to_confirm(study(), OPTIONS, 1) == 0


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_search_ends_when_the_rest_just_fits() -> None:
    """And the rest is told anew whenever a trial has ended, not at every look."""
    clock, done, reads = Clock(), [0], [0]
    states = [study(), TRIALS]

    def read() -> StudyResult:
        reads[0] += 1
        return states[min(done[0], 1)]

    is_overdue = search_is_overdue(2000.0, OPTIONS, 2, lambda: done[0], read, clock)
    rest = seconds_to_confirm(TRIALS, OPTIONS, 2)
    assert 0 < rest < LEAST_SHARE * 1000
    clock.now = 2000 - rest
    assert not is_overdue(), "nothing is known to follow yet"
    done[0] = 1
    assert is_overdue()
    clock.now -= 0.01
    assert not is_overdue()
    assert not is_overdue()
    assert reads[0] == 2


def test_half_the_time_is_the_searchs_whatever_follows() -> None:
    clock = Clock()
    is_overdue = search_is_overdue(1100.0, OPTIONS, 1, lambda: 4, lambda: TRIALS, clock)
    assert seconds_to_confirm(TRIALS, OPTIONS, 1) > 100
    clock.now = 1000 + 100 * LEAST_SHARE - 0.01
    assert not is_overdue()
    clock.now = 1000 + 100 * LEAST_SHARE
    assert is_overdue()


def test_a_search_alone_has_all_the_time_there_is() -> None:
    """Nothing is read for it; without a deadline it is never late."""

    def read() -> StudyResult:
        raise AssertionError("nothing follows")

    clock = Clock()
    alone = replace(OPTIONS, confirm=False)
    is_overdue = search_is_overdue(1100.0, alone, 1, lambda: 4, read, clock)
    clock.now = 1099.9
    assert not is_overdue()
    clock.now = 1100.0
    assert is_overdue()
    assert not search_is_overdue(None, OPTIONS, 1, lambda: 4, read, clock)()
