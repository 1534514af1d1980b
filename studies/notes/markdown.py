"""Markdown that holds any text: nothing that a study, a file or a trial is called becomes markup,
let alone a script."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#|~$&!=:@]")

_MARKUP_THERE = re.compile(
    r"[\\`*<>#|~$&]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # not within a word
    r"|\[(?![-−+\d., ]*\](?![\[(:]))"  # not of an interval
    r"|(?<!\d):(?=\S)"  # of addresses and emoji, not of a time
    r"|(?<=www)\."
    r"|(?<!\w)@|@(?=[\w+-]*[._])"  # of people and addresses, not of nDCG@10
    r"|^[-+=](?!\d)|^\d(?=\d*[.)](?:\s|$))",  # lists and lines
    re.IGNORECASE,
)
"""What could be markup where it stands."""


def text(words: str) -> str:
    """``words`` as they are, in one line: what could be markup is written as character references,
    which Markdown never reads as markup."""
    one_line = " ".join(words.split())
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", one_line)


def readable_text(words: str) -> str:
    """As :func:`text`, for files that are also read as they are: ``nDCG@10``, ``EASE^R``, intervals
    and names such as ``mlp_layers=3`` stay what they were."""
    one_line = " ".join(words.split())
    return _MARKUP_THERE.sub(lambda found: f"&#{ord(found[0])};", one_line)


def code_span(line: str) -> str:
    """``line`` as code within a line: between more backticks than it has in a row."""
    line = " ".join(line.split())
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


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
