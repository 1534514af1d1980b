"""How long the rest of a queue takes, told from what it has taken so far."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic

RECENT = 30
"""Runs whose mean duration is taken for the next ones': a search that has settled on larger models
is slower than it began."""


class Pace:
    """Runs that began and ended."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self._since = clock()
        self._began: dict[int, float] = {}  # by the run's number
        self._took: deque[float] = deque(maxlen=RECENT)
        self._most = 0  # runs at once
        self._ended = 0

    def began(self, number: int) -> None:
        """A worker is given a run."""
        self._began[number] = self.clock()
        self._most = max(self._most, len(self._began))

    def ended(self, number: int, before: float = 0.0) -> None:
        """It has a verdict. It had lasted ``before`` when it was interrupted, and others last that
        long too."""
        began = self._began.pop(number, None)
        if began is not None:
            self._took.append(self.clock() - began + before)
            self._ended += 1

    def lost(self, number: int) -> None:
        """It has none, and begins again some time."""
        self._began.pop(number, None)

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self.clock() - self._since

    def seconds_left(self, done: int, total: int) -> float | None:
        """For ``total`` where ``done`` were done since this began; None before the first has ended.

        Runs that end without having begun, since an earlier one had the same configuration, are
        expected to go on at their rate.
        """
        if not self._ended:
            return None
        now, usual = self.clock(), sum(self._took) / len(self._took)
        running = [max(usual - (now - began), 0.0) for began in self._began.values()]
        trained = min(1.0, self._ended / done) if done else 1.0
        waiting = max(0.0, (total - done) * trained - len(running))
        return max((sum(running) + waiting * usual) / max(1, self._most), *running, 0.0)
