"""The stopping rule is pure, and the best epoch is decided in one place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.hyperparameters import HYPERPARAMETERS, Configuration
from neumf.training.stopping import BestEpoch


def run(values: list[float], patience: int) -> BestEpoch:
    """The best epoch when ``patience`` or the values run out."""
    best = BestEpoch()
    for value in values:
        best = best.after(value)
        if best.ends(Configuration(epochs=100, patience=patience)):
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


@pytest.mark.parametrize("schedule", HYPERPARAMETERS["schedule"].choices)
@given(st.integers(1, 9), st.integers(1, 12))
def test_a_run_has_its_epochs_and_patience_is_for_a_constant_rate(
    schedule: str, epochs: int, patience: int
) -> None:
    """A model that gets worse and worse stops early under a constant learning rate, and keeps its
    first epoch under every schedule."""
    h = Configuration(schedule=schedule, epochs=epochs, patience=patience)
    best, value = BestEpoch(), 1.0
    while not best.ends(h):
        best, value = best.after(value), value - 0.1
    assert best.epochs == (min(epochs, patience + 1) if schedule == "constant" else epochs)
    assert best.number == 1


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
