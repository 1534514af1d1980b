"""Errors of a storage in use, as one line for a person."""

from __future__ import annotations

import errno
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from neumf.errors import UserError
from neumf.saying import plain
from studies.storage.url import masked

DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, StorageInternalError)
"""What a database in use may raise, through SQLAlchemy and Optuna."""

OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG)
"""System errors that are the disk's fault, not the program's."""

OF_A_RECORD = (
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError),
    *(EOFError, RecursionError, zlib.error),
)
"""What using a stored record raises that is not as this program writes it."""

REMEDIES = {
    "full": "free some space",
    "no space": "free some space",
    "quota": "free some space",
    "too large": "raise the limit on file sizes",
    "read-only": "make it writable",
    "readonly": "make it writable",
    "locked": "end the process that holds it",
}
"""What helps, by a word of the reason."""


@contextmanager
def storage_errors(url: str) -> Iterator[None]:
    """Turn what the storage at ``url`` raises inside into one line.

    Raises:
        UserError: the storage cannot be read or written any more.
    """
    try:
        yield
    except DATABASE_ERRORS as error:
        raise _one_line(url, reason_of(error)) from error
    except OSError as error:
        if error.errno not in OF_THE_DISK:
            raise
        raise _one_line(url, error.strerror or str(error)) from error


@contextmanager
def record_errors(url: str) -> Iterator[None]:
    """Turn what reading the studies at ``url`` raises inside into one line.

    Raises:
        UserError: they are damaged, or not as this program stores them.
    """
    try:
        yield
    except UserError:
        raise
    except DATABASE_ERRORS as error:
        reason = reason_of(error)
    except OF_A_RECORD as error:
        reason = f"what is stored is not as this program writes it ({_short(error)})"
    else:
        return
    remedy = _remedy(reason, "restore a copy of it, or name another")
    raise UserError(f"storage {masked(url)!r}: {reason}; {remedy}")


def _short(error: Exception) -> str:
    words = plain(" ".join(str(error).split()))
    return f"{type(error).__name__}: {words[:100]}" if words else type(error).__name__


def _one_line(url: str, reason: str) -> UserError:
    remedy = _remedy(reason, "put that right")
    return UserError(
        f"storage {masked(url)!r}: {reason}; finished trials are kept: {remedy}, and run the same"
        " command again"
    )


def _remedy(reason: str, otherwise: str) -> str:
    found = (remedy for word, remedy in REMEDIES.items() if word in reason.lower())
    return next(found, otherwise)


def reason_of(error: BaseException) -> str:
    """What the database itself said, beneath what Optuna and SQLAlchemy say of it."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    return plain(str(error).splitlines()[0]) if str(error) else type(error).__name__
