"""The phases of a session."""

from __future__ import annotations

from search.options import Options
from search.phases import place, planned

A = "sqlite:///a.db"


def test_those_that_are_asked_for_are_counted() -> None:
    """In their order."""
    whole = planned(Options(storage=A, audit=3, twins=2), is_short=True)
    assert [place(phase, whole) for phase in whole] == [f"[{n}/7] " for n in range(1, 8)]
    assert whole[:2] == ("searching", "confirming")
    assert planned(Options(storage=A, open=False), is_short=False) == (
        "confirming",
        "tuning simple models",
    )


def test_one_phase_is_not_counted() -> None:
    """It has no place among others."""
    (only,) = planned(Options(storage=A, confirm=False), is_short=True)
    assert only == "searching"
    assert place(only, (only,)) == ""
