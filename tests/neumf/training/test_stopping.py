"""The stopping rule is pure, and the best epoch is decided in one place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.training.stopping import BestEpoch


def run(values: list[float], patience: int) -> BestEpoch:
    """The best epoch when ``patience`` or the values run out."""
    best = BestEpoch()
    for value in values:
        best = best.after(value)
        if best.exhausted(patience):
            break
    return best


@pytest.mark.parametrize(
    ("values", "patience", "stops_after", "best_epoch", "best_value"),
    [
        ([0.1, 0.2, 0.3], 1, 3, 3, 0.3),  # rising: never stopped
        ([0.3, 0.2, 0.1], 1, 2, 1, 0.3),
        ([0.3, 0.2, 0.1, 0.4], 2, 3, 1, 0.3),  # the better epoch comes too late
        ([0.3, 0.2, 0.1, 0.4], 3, 4, 4, 0.4),
        ([0.3, 0.3, 0.3], 2, 3, 1, 0.3),  # a tie is no new best
        ([0.0, 0.0, 0.0], 2, 3, 1, 0.0),  # nor is 0.0 "none yet"
        ([0.0, -0.1, 0.0], 5, 3, 1, 0.0),
        ([-0.2, -0.1], 5, 2, 2, -0.1),
        ([0.1, 0.2, 0.1, 0.3, 0.2, 0.2], 2, 6, 4, 0.3),  # patience starts again at a new best
    ],
)
def test_cases(
    values: list[float], patience: int, stops_after: int, best_epoch: int, best_value: float
) -> None:
    assert run(values, patience) == BestEpoch(stops_after, best_epoch, best_value)


def test_nothing_has_improved_on_nothing() -> None:
    """The first epoch is the best so far, whatever its value."""
    assert BestEpoch().after(0.0).is_latest
    assert not BestEpoch().after(0.0).after(0.0).is_latest
    assert BestEpoch().after(0.0).after(0.1).is_latest


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(1, 5))
def test_the_best_is_the_first_of_the_highest(values: list[float], patience: int) -> None:
    """Of the epochs seen; and it stops exactly when ``patience`` epochs brought nothing new."""
    end = run(values, patience)
    seen = values[: end.epochs]
    assert end.value == max(seen)
    assert end.number == 1 + seen.index(max(seen))
    if end.epochs < len(values):
        assert end.epochs - end.number == patience
    else:
        assert end.epochs - end.number <= patience


def test_the_rule_changes_nothing() -> None:
    """``after`` gives a new best epoch and changes none; asking twice gives the same."""
    best = BestEpoch().after(0.2)
    assert best.after(0.1) == best.after(0.1)
    assert best == BestEpoch(1, 1, 0.2)
