"""A picture of a page: ``python -m tests.reports.screenshot PAGE.html PICTURE.png [WIDTH HEIGHT]``.

Needs Chromium and its driver, as the browser tests do.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser import chromium


def picture(page: Path, to: Path, width: int = 1200, height: int = 1100) -> None:
    """Draw ``page`` as a browser window of that size shows it."""
    with (
        tempfile.TemporaryDirectory() as profile,
        chromium(Path(profile), f"--window-size={width},{height}") as browser,
    ):
        browser.get(page.absolute().as_uri())
        browser.save_screenshot(str(to))


if __name__ == "__main__":
    picture(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:5]))
