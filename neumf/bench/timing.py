"""Fair timing on a machine that has other things to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter


def interleave(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of one call of each. They take turns, so that what slows the machine for a
    while slows them all; the first turn does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, call in contenders.items():
            started = perf_counter()
            call()
            if turn:
                seconds[name].append(perf_counter() - started)
    return {name: median(times) for name, times in seconds.items()}
