"""The history: who had which score, and who led when."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.page import render
from reports.sections import history
from reports.sections.history import HistoryPoint
from studies.results.study_result import TrialResult
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import complete, failed, pruned, tiny
from tests.reports.reader import said


def test_history_keeps_the_earlier_of_two_equals() -> None:
    """A tie does not move the leader, and a pruned trial never leads. Its number is the one of its
    last epoch."""
    study = tiny(complete(0, 0.3), pruned(1, 0.2, 0.9, 0.4), complete(2, 0.3), complete(3, 0.5))
    assert history.points(study) == (
        HistoryPoint(0, "complete", 0.3, 0.3, 0, None),
        HistoryPoint(1, "pruned", 0.4, 0.3, 0, None),
        HistoryPoint(2, "complete", 0.3, 0.3, 0, None),
        HistoryPoint(3, "complete", 0.5, 0.5, 3, None),
    )


def test_a_complete_trials_value_is_the_stored_one() -> None:
    """The trial says which epoch counts; a report does not choose it again."""
    study = tiny(replace(complete(0, 0.3), curve=((1, 0.2), (2, 0.3), (3, 0.31))))
    assert [point.score for point in history.points(study)] == [0.3]


def test_history_of_zeros_has_a_leader() -> None:
    """A best score of 0 is a score, not the lack of one."""
    assert [point.leader for point in history.points(AWKWARD["zero"])] == [0, 0]


def test_history_before_anything_is_complete() -> None:
    """Pruned trials alone have scores but no best."""
    assert history.points(AWKWARD["all pruned"]) == (
        HistoryPoint(0, "pruned", 0.2, None, None, None),
        HistoryPoint(1, "pruned", 0.15, None, None, None),
    )
    assert history.points(AWKWARD["all failed"]) == ()


outcomes = st.lists(
    st.one_of(
        st.builds(complete, st.just(0), st.sampled_from([0.0, 0.1, 0.25, 0.3])),
        st.builds(pruned, st.just(0), st.sampled_from([0.05, 0.4])),
        st.builds(failed, st.just(0)),
    ),
    max_size=12,
)


@given(outcomes)
def test_best_so_far_never_falls_and_ends_at_the_best(trials: list[TrialResult]) -> None:
    study = tiny(*(replace(trial, number=n) for n, trial in enumerate(trials)))
    points, best = history.points(study), study.best
    led = [point.best for point in points if point.best is not None]
    assert all(one <= other for one, other in pairwise(led))
    if best is not None:
        assert (points[-1].best, points[-1].leader) == (best.value, best.number)


def test_trials_since_the_best_are_finished_ones() -> None:
    assert history.since_best(AWKWARD["interrupted"]) == 0
    assert history.since_best(tiny(complete(0, 0.3), pruned(1, 0.1), failed(2))) == 2
    assert history.since_best(AWKWARD["all failed"]) == 0


@pytest.mark.parametrize(
    ("later", "told"),
    [
        (0, "reached by trial 0 ."),
        (1, "reached by trial 0 ; the one trial since then did not pass it."),
        (2, "reached by trial 0 ; none of the 2 trials since then passed it."),
    ],
)
def test_what_came_after_the_best_is_told_in_a_sentence(later: int, told: str) -> None:
    study = tiny(complete(0, 0.3), *(pruned(1 + n, 0.1) for n in range(later)))
    assert f"The best score was {told}" in said(render(study))


def test_the_figure_separates_states_and_the_best() -> None:
    study = tiny(
        complete(0, 0.3, label="notebook"), pruned(1, 0.2), complete(2, 0.5), complete(3, 0.4)
    )
    figure = history.draw(history.points(study), "nDCG@10", {})
    assert figure is not None
    assert {trace.name: (trace.x, trace.y) for trace in figure.data} == {
        "best so far": ((0, 1, 2, 3), (0.3, 0.3, 0.5, 0.5)),
        "pruned": ((1,), (0.2,)),
        "complete": ((3,), (0.4,)),
        "starting point": ((0,), (0.3,)),
        "best": ((2,), (0.5,)),
    }
