"""What studies are called: a searched one and those that belong to it, in a storage; on disk."""

from __future__ import annotations

import re
from collections.abc import Collection
from hashlib import sha256

_LONGEST = 40


def confirmation_of(study: str) -> str:
    """The study of the runs that confirm configurations of ``study``."""
    return f"{study}/confirm"


def opening_of(study: str) -> str:
    """The study of the runs that are measured on the test split of ``study``."""
    return f"{study}/test"


def is_side(name: str, known: Collection[str]) -> bool:
    """Whether a study belongs to another one that is ``known``."""
    return any(name in (confirmation_of(one), opening_of(one)) for one in known)


def file_name(study: str) -> str:
    """A study's name in characters that no file system reads as a path.

    A name that had to be changed gets a few digits of its hash, so that two studies never share
    a file.
    """
    safe = re.sub(r"[^\w.-]+", "-", study).strip(".-")[:_LONGEST]
    if safe != study or not safe:
        safe = "-".join(filter(None, [safe, sha256(study.encode()).hexdigest()[:8]]))
    return safe
