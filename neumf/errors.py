"""The exception for a person's mistake, and the hint for a misspelt name."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(ValueError):
    """A person's mistake, in one line that gives the value and the remedy. Exit code 2."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'dropout'?"`` for a near miss, else the list of what is known."""
    known = sorted(known)
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"
