"""Where a session's lines and its live panel go."""

from __future__ import annotations

import os
import sys

from rich.console import Console

OF_A_NOTEBOOK = {"TERM": "xterm-color", "PAGER": "cat", "GIT_PAGER": "cat"}
"""What IPython's kernel sets for the programs that a cell starts. They run in a pseudo-terminal,
but the cell keeps every line and cannot move its cursor."""


def make_console() -> Console:
    """Of standard error: a terminal only where the cursor moves, which a pipe's does not, whatever
    ``FORCE_COLOR`` says, and a notebook cell's does not either."""
    moves = sys.stderr.isatty() and not is_notebook()
    return Console(stderr=True, force_terminal=None if moves else False)


def is_notebook() -> bool:
    """Whether this process was started from a notebook's cell."""
    return all(os.environ.get(name) == value for name, value in OF_A_NOTEBOOK.items())
