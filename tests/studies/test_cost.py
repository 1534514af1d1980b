"""What is dear, and what was spared."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from neumf.hyperparameters import Configuration
from studies.results.confirmation import confirm
from studies.results.cost import Costed, Saved, costed, front, saved
from studies.results.intervals import Estimate
from tests.reports.confirmed import wins
from tests.reports.made_up import EMPTY, complete, pruned, tiny


def models() -> tuple[Costed, ...]:
    found = confirm(wins())
    assert found is not None
    return costed(found)


def test_seconds_and_parameters_are_those_of_the_runs() -> None:
    assert [(one.entry.number, one.seconds, one.parameters) for one in models()] == [
        (2, 6.0, 22_000),
        (1, 5.0, 21_000),
        (0, 4.0, 20_000),
    ]


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), min_size=1, max_size=9))
def test_nothing_beats_the_front_and_it_beats_all_else(points: list[tuple[int, int]]) -> None:
    first = models()[0]
    made = [
        Costed(replace(first.entry, mean=Estimate(score / 10, 0.0, 1.0, 2)), cost, 1)
        for cost, score in points
    ]
    kept = front(made, lambda one: one.seconds)
    costs = [one.seconds or 0.0 for one in kept]
    scores = [one.entry.mean.mean for one in kept]
    assert costs == sorted(set(costs))
    assert scores == sorted(set(scores))
    for one in made:
        assert any(
            (k.seconds or 0) <= (one.seconds or 0) and k.entry.mean.mean >= one.entry.mean.mean
            for k in kept
        )


def test_what_was_not_spent_is_told_by_what_spared_it() -> None:
    """Four epochs of 2 s are left of 6, one of 1 s, and a whole trial of 4 s."""
    whole = Configuration(epochs=6).asdict()
    stopped = replace(complete(0, 0.4), configuration=whole)
    copy = replace(complete(2, 0.4), duplicate_of=0)
    assert saved(tiny(stopped, pruned(1, 0.1), copy)) == (
        Saved("pruning", 1, 1.0),
        Saved("early stopping", 1, 8.0),
        Saved("duplicates, which are not trained again", 1, 4.0),
    )


def test_a_study_that_spared_nothing_says_nothing() -> None:
    assert saved(EMPTY) == ()
    assert saved(tiny(complete(0, 0.4), pruned(1, 0.1, 0.2, 0.3))) == ()
