"""Command lines that go on from a page."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from studies.results.study_result import StudyResult
from studies.storage.url import masked

ANY = "{trial}"
"""Stands for a trial's number in :func:`replay`."""


class Command(NamedTuple):
    """A command line and what it does."""

    line: str
    purpose: str


def study_argument(study: StudyResult) -> str:
    """Its name, for a shell."""
    return shlex.quote(study.name)


def storage_url(storage: str | None) -> str | None:
    """For a shell. A storage's password is not spelled out."""
    return shlex.quote(masked(storage)) if storage else None


def storage_option(storage: str | None) -> str:
    """With a space before it; empty where no storage is told."""
    return f" --storage {storage_url(storage)}" if storage else ""


def confirm(study: StudyResult, storage: str | None) -> Command:
    return Command(
        f"python -m search.confirm {study_argument(study)}{storage_option(storage)}",
        "train the best configurations with fresh seeds, tune simple models, open the test split"
        " once and save the model",
    )


def replay(study: StudyResult, storage: str | None) -> Command:
    """With :data:`ANY` for the trial's number."""
    return Command(
        f"python -m search.replay {study_argument(study)} --trial {ANY}{storage_option(storage)}",
        "train a trial again and compare every epoch to the last bit",
    )
