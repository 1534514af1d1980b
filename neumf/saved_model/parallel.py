"""Work that leaves Python's lock, on all processors, its results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import loky

A = TypeVar("A")
B = TypeVar("B")


def in_order(work: Callable[[A], B], parts: Iterable[A]) -> Iterator[B]:
    """``map(work, parts)`` by as many threads as this process may use processors. No more than
    twice as many results wait to be taken; if the caller takes no more, no more are computed."""
    threads = int(loky.cpu_count())
    waiting: deque[Future[B]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for part in parts:
            waiting.append(pool.submit(work, part))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
