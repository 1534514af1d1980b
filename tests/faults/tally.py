"""What has been inflicted, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Faults by name."""

    told: Callable[[], None] = lambda: None  # of every fault
    inflicted: Counter[str] = field(default_factory=Counter)
    resumed: Counter[str] = field(default_factory=Counter)  # the study went on
    lost: Counter[str] = field(default_factory=Counter)  # results that were gone after it

    def inflict(self, name: str) -> None:
        self.inflicted[name] += 1
        self.told()

    @property
    def rows(self) -> Iterator[tuple[str, int, int, int]]:
        """Of each fault, in the order of their first: name, inflicted, resumed, lost."""
        for name in self.inflicted:
            yield name, self.inflicted[name], self.resumed[name], self.lost[name]
        yield "all", self.inflicted.total(), self.resumed.total(), self.lost.total()
