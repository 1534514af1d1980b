"""How scores run along a hyperparameter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studies.results.trend import LEAST, Step, trend


def test_few_values_are_groups_of_their_own() -> None:
    points = [(x, 0.1 * x + 0.01 * n) for x in (1, 2, 3) for n in range(3)]
    assert [(step.x, round(step.score, 9)) for step in trend(points)] == [
        (1, 0.11),
        (2, 0.21),
        (3, 0.31),
    ]


def test_one_bad_trial_does_not_bend_it() -> None:
    points = [(x, 0.5) for x in (1, 2) for _ in range(5)]
    assert trend([*points, (1, 0.0)]) == (Step(1, 0.5, 6), Step(2, 0.5, 5))


def test_words_and_single_groups_have_no_trend() -> None:
    assert trend([("once", 0.1)] * 9) == ()
    assert trend([(1, 0.1)] * 9) == ()
    assert trend([]) == ()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=80))
def test_groups_are_large_enough_in_order_and_within_the_scores(
    points: list[tuple[float, float]],
) -> None:
    steps = trend(points)
    xs = [float(step.x) for step in steps]
    assert xs == sorted(xs)
    assert all(step.trials >= LEAST for step in steps)
    scores = [score for _, score in points]
    assert all(min(scores) <= step.score <= max(scores) for step in steps)
    assert sum(step.trials for step in steps) <= len(points)
