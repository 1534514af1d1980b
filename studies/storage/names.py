"""What studies are called in a storage: a searched one, and those that belong to it."""

from __future__ import annotations


def confirmation_of(study: str) -> str:
    """The study of the runs that confirm configurations of ``study``."""
    return f"{study}/confirm"


def opening_of(study: str) -> str:
    """The study of the runs that are measured on the test split of ``study``."""
    return f"{study}/test"
