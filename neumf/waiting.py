"""What a person sees while something takes its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

from neumf.saying import plain, say

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE_SECONDS = 10.0
"""A log is not told of what is quicker: nobody is looking."""


def moves(console: Console) -> bool:
    """Whether it is a terminal whose cursor moves."""
    return console.is_terminal and not console.is_dumb_terminal


@contextmanager
def waiting(console: Console, what: str) -> Iterator[None]:
    """Tell ``what`` is being done while the context lasts: in a terminal with the seconds that it
    has taken, elsewhere in a line, once it has taken longer than a moment."""
    if moves(console):
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        text = TextColumn("{task.description}", markup=False)
        columns = SpinnerColumn(), text, TimeElapsedColumn()
        with Progress(
            *columns,
            console=console,
            transient=True,
            redirect_stdout=not console.stderr,  # what is printed to the other stream meanwhile
            redirect_stderr=console.stderr,  # belongs in its file
        ) as shown:
            shown.add_task(plain(what), total=None)
            yield
        return
    timer = Timer(PATIENCE_SECONDS, say, (console, what))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
