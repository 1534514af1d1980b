"""Where pages go."""

from __future__ import annotations

from pathlib import Path

from studies.storage.names import file_name

FOLDER = Path("reports/html")


def page_name(study: str) -> str:
    """``<study>.html``."""
    return f"{file_name(study)}.html"
