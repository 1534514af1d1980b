"""A picture of a page: ``python -m tests.reports.screenshot PAGE.html PICTURE.png [WIDTH HEIGHT]``.

Needs Chromium and its driver, as the browser tests do.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service


def picture(page: Path, to: Path, width: int = 1200, height: int = 1100) -> None:
    """Draw ``page`` as a browser window of that size shows it."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    with tempfile.TemporaryDirectory() as profile:
        for flag in (
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
        ):
            options.add_argument(flag)
        browser = Chrome(options, Service(shutil.which("chromedriver")))
        try:
            browser.get(page.absolute().as_uri())
            browser.save_screenshot(str(to))
        finally:
            browser.quit()


if __name__ == "__main__":
    picture(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:5]))
