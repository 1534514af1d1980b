"""Markdown that holds any text: nothing that a study, a file or a trial is called becomes markup,
let alone a script."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#|~$&!=:@]")


def text(words: str) -> str:
    """``words`` as they are, in one line: what could be markup is written as character references,
    which Markdown never reads as markup."""
    one_line = " ".join(words.split())
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", one_line)


def code(line: str) -> str:
    """``line`` as a block to be copied: fenced by more backticks than it has in a row."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", line)), default=0))
    return f"{fence}\n{line}\n{fence}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells in Markdown."""
    lines = [head, [":---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def paragraphs(*parts: str | None) -> str:
    """Those that there are."""
    return "\n\n".join(part for part in parts if part)
