"""Where values go on an axis, and what its ticks say."""

from __future__ import annotations

import pytest

from reports.figures.axes import axis


def test_zero_has_a_place_on_a_log_axis() -> None:
    """The notebook's weight decay is 0: it stands at the left, labelled 0."""
    found = axis("weight_decay", "log", (1e-8, 0.0, 1e-4))
    assert found.layout["type"] == "log"
    assert 0 < float(found.places[0.0]) < float(found.places[1e-8]) == 1e-8
    first = (found.layout["tickvals"][0], found.layout["ticktext"][0])
    assert first == (found.places[0.0], "0")


def test_log_axis_of_nothing_but_zeros_is_linear() -> None:
    assert axis("weight_decay", "log", (0.0,)).layout == {"title_text": "weight_decay"}


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((1e-4, 1e-2), ["0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03"]),
        ((1e-8, 1e-4), ["1e-8", "1e-7", "1e-6", "1e-5", "0.0001"]),
        ((8, 64), ["8", "16", "32", "64"]),
    ],
)
def test_log_ticks_are_round(values: tuple[float, ...], ticks: list[str]) -> None:
    assert axis("x", "log", values).layout["ticktext"] == ticks


def test_choices_stand_in_the_order_of_their_size() -> None:
    found = axis("batch_size", "category", (1024, 256, 512, "auto"))
    assert found.layout["categoryarray"] == ["256", "512", "1024", "auto"]
    assert found.places[256] == "256"
