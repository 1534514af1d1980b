"""A hyperparameter's axis: where its values go and what its ticks say."""

from __future__ import annotations

import math
from typing import Any

from neumf.hyperparameters import Value
from reports import format
from reports.numbers import Slice
from reports.style import plain


class Axis:
    """The x axis of one slice.

    A logarithmic axis has no place for 0, which a hand-set weight decay often is: it stands a
    little left of the smallest value, with a tick that says 0.
    """

    def __init__(self, found: Slice) -> None:
        values = sorted({point.x for point in found.points}, key=_key)
        positive = [float(x) for x in values if not isinstance(x, str) and x > 0]
        self.scale = found.scale if found.scale != "log" or positive else "linear"
        self._zero = positive[0] / 4 if positive else 0.0
        self.layout: dict[str, Any] = {"title_text": plain(found.name)}
        if self.scale == "category":
            names = [self.place(x) for x in values]
            self.layout |= {"type": "category", "categoryorder": "array", "categoryarray": names}
        elif self.scale == "log":
            whole = all(isinstance(x, int) for x in values)
            ticks = _ticks(positive[0], positive[-1], whole)
            texts = [format.setting(tick) for tick in ticks]
            if len(positive) < len(values):
                ticks, texts = [self._zero, *ticks], ["0", *texts]
            self.layout |= {"type": "log", "tickvals": ticks, "ticktext": texts}
        elif values and all(isinstance(x, int) for x in values):
            self.layout |= {"dtick": max(1, math.ceil((int(values[-1]) - int(values[0])) / 8))}

    def place(self, x: Value) -> Value:
        """Where ``x`` stands on the axis."""
        if self.scale == "category":
            return plain(format.setting(x))
        return self._zero if self.scale == "log" and x == 0 else x


def _ticks(low: float, high: float, whole: bool) -> list[float]:
    """Powers of two for counts, of ten for fractions; 1, 3 between them where tens are few."""
    if whole:
        exponents = range(math.floor(math.log2(low)), math.ceil(math.log2(high)) + 1)
        return [2**e for e in exponents]
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1,) if math.log10(high / low) > 2 else (1, 3)
    return [float(f"{step}e{e}") for e in decades for step in steps]


def _key(value: Value) -> tuple[bool, float, str]:
    """Numbers by size, then names."""
    named = isinstance(value, str)
    return named, 0.0 if named else float(value), str(value)
