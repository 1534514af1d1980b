"""A coordinator that is driven by a script: what workers say, and what happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from search.coordinator import Coordinator
from search.workers.messages import Died
from tests.search.fakes import FakeObserver, FakePool, FakeQueue, Message

KILLED: Message = Died("worker died (killed by signal 9)")
ASKED: Message = Died("worker died (killed by signal 15)", by_request=True)

Step = tuple[int, Message] | Callable[[], None]


class Stop:
    """A stop request that a script can make."""

    def __init__(self) -> None:
        self._is_made = False

    def make(self) -> None:
        self._is_made = True

    def __call__(self) -> bool:
        return self._is_made


def run(
    queue: FakeQueue,
    script: Iterable[Step],
    size: int = 1,
    stop: Stop | None = None,
    is_overdue: Callable[[], bool] = lambda: False,
) -> tuple[FakePool, FakeObserver, Coordinator]:
    pool, observer = FakePool(size, script), FakeObserver()
    coordinator = Coordinator(queue, pool, observer, stop or Stop())
    coordinator.run(is_overdue)
    return pool, observer, coordinator
