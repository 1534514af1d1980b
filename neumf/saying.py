"""Lines for a person, where data's own words may stand in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def say(console: Console, line: str) -> None:
    """``line`` as it is: neither markup nor names of emoji are read in it, no colours are guessed,
    and it is not wrapped."""
    console.print(plain(line), markup=False, emoji=False, highlight=False, soft_wrap=True)


def plain(value: Any) -> str:
    """With escapes: a file may hold anything, and a terminal would obey it."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(value))
