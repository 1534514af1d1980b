"""Where lines, bars and panels go."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

OF_A_NOTEBOOK = {"TERM": "xterm-color", "PAGER": "cat", "GIT_PAGER": "cat"}
"""What IPython's kernel sets for the programs that a cell starts. They run in a pseudo-terminal,
but the cell keeps every line and cannot move its cursor."""


def make_console(*, stderr: bool = True) -> Console:
    """Of standard error or output: a terminal only where the cursor moves, which a pipe's does not,
    whatever ``FORCE_COLOR`` says, and a notebook cell's does not either."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    moves = stream.isatty() and not is_notebook()
    return Console(stderr=stderr, force_terminal=None if moves else False)


def is_notebook() -> bool:
    """Whether this process was started from a notebook's cell."""
    return all(os.environ.get(name) == value for name, value in OF_A_NOTEBOOK.items())
