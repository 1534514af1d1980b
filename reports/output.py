"""Where pages go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studies.storage.names import file_name

FOLDER = Path("reports/html")

INDEX = "all~studies.html"
"""Of pages. The ``~`` is in no study's file name, so that none is overwritten."""


def page_name(study: str) -> str:
    """``<study>.html``."""
    return f"{file_name(study)}.html"


def comparison_name(studies: Sequence[str]) -> str:
    """Of the page that compares these studies."""
    return f"compared~{file_name('+'.join(studies))}.html"
