"""A hyperparameter's axis: where its values go and what its ticks say."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from neumf.declaration import Value
from reports import text
from reports.figures.style import plain

_FEW = 10


class Axis(NamedTuple):
    """An x axis: its layout in Plotly's words, and where each value stands on it."""

    layout: dict[str, Any]
    places: dict[Value, Value]


def axis(name: str, scale: str, found: Iterable[Value]) -> Axis:
    """The axis of ``name``; ``scale`` is ``linear``, ``log`` or ``category``."""
    values = sorted(set(found), key=_key)
    numbers = [value for value in values if not isinstance(value, str)]
    if scale == "category":
        made = _category(values)
    elif scale == "log" and any(value > 0 for value in numbers):
        made = _logarithmic(numbers)
    else:
        made = _linear(numbers)
    return Axis({"title_text": plain(name), **made.layout}, made.places)


def counting(low: int, high: int) -> dict[str, Any]:
    """Ticks for counts: Plotly's own choice has fractions where there are few."""
    return {"dtick": 1} if high - low <= _FEW else {}


def _category(values: list[Value]) -> Axis:
    names: dict[Value, Value] = {value: plain(text.short(value)) for value in values}
    order = {"categoryorder": "array", "categoryarray": list(names.values())}
    return Axis({"type": "category", **order}, names)


def _linear(values: list[int | float]) -> Axis:
    few = len(values) <= _FEW and all(isinstance(value, int) for value in values)
    return Axis({"tickvals": values} if few else {}, {value: value for value in values})


def _logarithmic(values: list[int | float]) -> Axis:
    """A zero, which a hand-set weight decay often is, stands left of the smallest value."""
    positive = [value for value in values if value > 0]
    ticks = _ticks(positive[0], positive[-1], all(isinstance(value, int) for value in values))
    texts = [text.short(tick) for tick in ticks]
    zero = positive[0] / 4
    if len(positive) < len(values):
        ticks, texts = [zero, *ticks], ["0", *texts]
    places: dict[Value, Value] = {value: value or zero for value in values}
    return Axis({"type": "log", "tickvals": ticks, "ticktext": texts}, places)


def _ticks(low: float, high: float, whole: bool) -> list[int | float]:
    """Powers of two for counts, of ten for fractions, with 3s between where tens are few."""
    if whole:
        return [2**e for e in range(math.floor(math.log2(low)), math.ceil(math.log2(high)) + 1)]
    steps = (1,) if math.log10(high / low) > 2 else (1, 3)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [float(f"{step}e{decade}") for decade in decades for step in steps]


def _key(value: Value) -> tuple[bool, float, str]:
    """Numbers by size, then names."""
    named = isinstance(value, str)
    return named, 0.0 if named else float(value), str(value)
