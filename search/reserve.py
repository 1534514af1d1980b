"""How much of a session's time a search leaves for what follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from search.options import Options
from studies.results.study_result import StudyResult, TrialResult

SPARE = 1.2
"""Models are trained longer with fresh seeds than some trials were, and simple models take a
little."""

LEAST_SHARE = 0.5
"""Of the session's time, whatever the rest may need, is the search's."""


def seconds_to_confirm(study: StudyResult, options: Options, workers: int) -> float:
    """What confirming, opening and saving may take on ``workers``, told from what the trials took
    that would be trained again; 0 while none has ended."""
    starting_points = [t for t in study.finished if t.label is not None]
    top = study.ranking[: options.top]
    confirmed = _seconds({t.number: t for t in (*top, *starting_points)}.values())
    if not options.open:
        return SPARE * options.fresh_seeds * confirmed / workers
    longest = max((t.seconds or 0.0 for t in top), default=0.0)
    opened = longest + _seconds(starting_points)
    return SPARE * (options.fresh_seeds * (confirmed + opened) / workers + longest)


def search_is_overdue(
    deadline: float | None,
    options: Options,
    workers: int,
    done: Callable[[], int],
    read: Callable[[], StudyResult],
    clock: Callable[[], float] = monotonic,
) -> Callable[[], bool]:
    """Whether a search that began now must start no new trial, so that the rest of the session fits
    before ``deadline``. The study is read again whenever the number of trials ``done`` grows."""
    if deadline is None:
        return lambda: False
    if not options.confirm:
        return lambda: clock() >= deadline
    least = LEAST_SHARE * (deadline - clock())
    known, reserve = -1, 0.0

    def is_overdue() -> bool:
        nonlocal known, reserve
        if done() != known:
            known, reserve = done(), seconds_to_confirm(read(), options, workers)
        return clock() >= deadline - min(reserve, least)

    return is_overdue


def _seconds(trials: Iterable[TrialResult]) -> float:
    return sum(trial.seconds or 0.0 for trial in trials)
