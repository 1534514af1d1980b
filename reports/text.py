"""Numbers as text, the same in the page, its figures and its table."""

from __future__ import annotations

import math
import re
from datetime import datetime

from neumf.declaration import Value
from neumf.durations import format_duration
from studies.results.intervals import Estimate

MISSING = "–"


def score(value: float | None) -> str:
    """A metric, to four digits; seeds differ in the third."""
    return MISSING if value is None or math.isnan(value) else f"{value:.4f}"


def difference(value: float | None) -> str:
    """A difference of two scores, with its sign."""
    return MISSING if value is None else f"{value:+.4f}".replace("-", "−")


def estimate(one: Estimate | None) -> str:
    """A mean and its interval, if it has one."""
    if one is None:
        return MISSING
    return f"{score(one.mean)} {interval(one)}".rstrip()


def interval(one: Estimate | None) -> str:
    """``[0.4100, 0.4324]``; empty if it is infinite: then it says nothing."""
    if one is None or not math.isfinite(one.high - one.low):
        return ""
    return f"[{score(one.low)}, {score(one.high)}]"


def reach(one: Estimate | None) -> str:
    """As :func:`interval`, of a difference."""
    if one is None or not math.isfinite(one.high - one.low):
        return ""
    return f"[{difference(one.low)}, {difference(one.high)}]"


def sentence(words: str) -> str:
    """With a capital letter, a full stop, and minus signs where numbers have hyphens."""
    words = re.sub(r"(?<![\w.])-(?=\d)", "−", words)
    return words and f"{words[0].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"


def share(value: float | None) -> str:
    if value is None:
        return MISSING
    return "< 1%" if 0 < value < 0.005 else f"{100 * value:.0f}%"


def thousands(value: float | None) -> str:
    return MISSING if value is None else f"{value:,.0f}"


def count(number: int, one: str, many: str = "") -> str:
    """``1 trial``, ``2 trials``; ``many`` if it is not ``one`` with an s."""
    return f"{thousands(number)} {one if number == 1 else many or one + 's'}"


def large(value: float) -> str:
    """A count too long to read, to three digits."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:.3g} {word}"
    return thousands(value)


def duration(seconds: float | None) -> str:
    return MISSING if seconds is None else format_duration(seconds)


def seconds(value: float | None) -> str:
    """For a column whose head says seconds."""
    return MISSING if value is None else f"{value:.1f}"


def short(value: Value | None) -> str:
    """A hyperparameter's value, to three significant digits if a fraction."""
    if value is None:
        return MISSING
    if isinstance(value, float):
        return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e+")
    return str(value)


def moment(when: datetime | str) -> str:
    """To the minute."""
    return str(when)[:16].replace("T", " ")
