"""The exception for a person's mistake, the hint for a misspelt name, and what is no text."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches


class UserError(ValueError):
    """A person's mistake, in one line that gives the value and the remedy. Exit code 2."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'dropout'?"`` for a near miss, else the list of what is known."""
    known = sorted(known)
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"


def require_text(given: Mapping[str, object]) -> None:
    """Check what a person has given, by its names. A file's name may hold bytes that are no text,
    which a study cannot store.

    Raises:
        UserError: a string holds such bytes.
    """
    for name, value in given.items():
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise UserError(f"{name} {value!r}: is not UTF-8 text; rename it") from None
