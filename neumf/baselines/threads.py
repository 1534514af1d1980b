"""Rows shared out to threads, which change nothing but the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

PIECE = 64
"""Rows that a thread takes at a time: few, as long rows and short ones lie together."""

ForRows = Callable[[int, Callable[[int, int], None]], None]
"""Called with the number of rows and what to do with rows first to last."""


@contextmanager
def rows_in(threads: int) -> Iterator[ForRows]:
    """Work on rows with so many threads. What is done must not depend on who does which rows."""
    from neumf.floating_point import arithmetic

    with ThreadPoolExecutor(threads) as pool:

        def for_rows(n: int, work: Callable[[int, int], None]) -> None:
            def piece(first: int) -> None:
                with arithmetic():
                    work(first, min(first + PIECE, n))

            with arithmetic():  # once for all, not on and off with every piece
                list(pool.map(piece, range(0, n, PIECE)))

        yield for_rows
