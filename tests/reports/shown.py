"""A study's page in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reports.page import write
from studies.results.study_result import StudyResult


def show(browser: Any, study: StudyResult, folder: Path, width: int = 1200) -> None:
    """Open a study's page at a width, and wait until its figures are drawn: Plotly may go on after
    the page's load event."""
    from selenium.webdriver.support.wait import WebDriverWait

    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)
    resize(browser, width)
    browser.get(write(study, folder).as_uri())
    WebDriverWait(browser, 30).until(lambda _: all(drawn(browser)))


def drawn(browser: Any) -> list[int]:
    """How many drawings each figure has."""
    return list(
        browser.execute_script(
            "return [...document.querySelectorAll('.plot')]"
            ".map(p => p.querySelectorAll('svg').length)"
        )
    )


def resize(browser: Any, width: int) -> None:
    """Give the window a width; a narrow one is a telephone's."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def emulate(browser: Any, media: str = "screen", **features: str) -> None:
    """Have the page drawn for ``screen`` or ``print``, and for what a person prefers, such as
    ``color_scheme="dark"``."""
    preferred = [
        {"name": f"prefers-{name.replace('_', '-')}", "value": value}
        for name, value in features.items()
    ]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": preferred})
