"""Lines of a summary: a title in a margin, and words or columns beside it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

MARGIN = 11
"""Letters before the words, for a title."""

WIDTH = 100
"""Of a line, where its words can be wrapped."""

BETWEEN = "  "
"""Columns."""


def titled(title: str, lines: Iterable[str]) -> list[str]:
    """``lines`` with a title before the first."""
    return [f"{'' if n else title:{MARGIN - 1}} {line}".rstrip() for n, line in enumerate(lines)]


def prose(*sentences: str) -> list[str]:
    """Each in as many lines as it takes, with numbers and names whole."""
    return [
        line
        for sentence in sentences
        for line in textwrap.wrap(
            sentence, WIDTH - MARGIN, break_long_words=False, break_on_hyphens=False
        )
    ]


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of as many cells each, cells of a column as wide as the widest."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        BETWEEN.join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
