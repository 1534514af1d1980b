"""The kinds of trials that a figure tells apart, by shape as well as by colour."""

from __future__ import annotations

from typing import Any

from reports.figures.style import BLUE, GREEN, GREY, ORANGE, plain

MARKS: dict[str, dict[str, Any]] = {
    "pruned": {"symbol": "x-thin-open", "color": GREY, "size": 7, "line": {"width": 1.5}},
    "complete": {"symbol": "circle", "color": BLUE, "size": 8, "opacity": 0.75},
    "starting point": {"symbol": "diamond", "color": GREEN, "size": 11},
    "best": {"symbol": "star", "color": ORANGE, "size": 14},
}
"""Later ones are drawn over earlier ones."""

LINES: dict[str, dict[str, Any]] = {
    "unfinished": {"color": GREY, "width": 1, "dash": "dash"},
    "pruned": {"color": GREY, "width": 1, "dash": "dot"},
    "complete": {"color": BLUE, "width": 1},
    "next best": {"color": BLUE, "width": 2},
    "starting point": {"color": GREEN, "width": 2, "dash": "dashdot"},
    "best": {"color": ORANGE, "width": 3},
}
"""As MARKS, for learning curves."""


def kind(best: bool, label: str | None, state: str) -> str:
    """A key of ``MARKS``. ``label`` is a starting point's name."""
    if best:
        return "best"
    return "starting point" if label is not None and state == "complete" else state


def who(number: int, state: str, label: str | None) -> str:
    """The first line of what a figure says where a person points at a trial."""
    named = f", {plain(label)}" if label is not None else ""
    return f"<b>trial {number}</b> {state}{named}"
