"""The README's pictures: ``python -m tests.pictures [STUDY]``, or ``make screenshots``.

All are of one stored study, which has been confirmed and opened. Needs Chromium and its driver, as
the browser tests do.
"""

from __future__ import annotations

import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import click

from neumf.cli import main
from neumf.errors import UserError
from studies.options import storage_option
from tests.browser import chromium

FOLDER = Path(__file__).parents[2] / "pictures"

WIDTH = 1200
"""Of a picture, in pixels; in the README it is shown at about 900."""

LARGEST = 200_000
"""Bytes of a picture."""


def draw(browser: Any, address: str, to: Path, height: int, *ready: str, clip: str = "") -> None:
    """The window at an address, or of its page what ``clip`` selects, once there is what each of
    ``ready`` selects.

    Raises:
        UserError: the picture is larger than a page of words should carry.
    """
    from selenium.webdriver.support.wait import WebDriverWait

    size = {"width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(address)
    WebDriverWait(browser, 120).until(
        lambda _: all(browser.find_elements("css selector", one) for one in ready)
    )
    browser.execute_async_script("setTimeout(arguments[0], 1000)")  # what fades in has done so
    place = browser.find_element("css selector", clip).rect if clip else {}
    taken = browser.execute_cdp_cmd(
        "Page.captureScreenshot",
        {"captureBeyondViewport": True, "clip": {**place, "scale": 1}} if place else {},
    )
    to.write_bytes(b64decode(taken["data"]))
    if to.stat().st_size > LARGEST:
        raise UserError(f"{to} has {to.stat().st_size:,} bytes; make it smaller than {LARGEST:,}")
    print(to)


@click.command()
@click.argument("study", default="ml-100k")
@storage_option
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    help="where they go  [default: pictures/]",
)
def pictures(study: str, storage: str, folder: Path) -> None:
    """Draw the report of STUDY, its dashboard, and the terminal as it searched."""
    from reports.page import write
    from studies.definition.loading import parse
    from studies.results.readback import read
    from studies.storage.database import open_storage, study_id
    from tests.dashboard import served
    from tests.pictures.terminal import acted_again, as_page

    found = read(storage, study)
    opened = open_storage(storage)
    definition = parse(found.definition, study)
    folder.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as name,
        chromium(Path(name) / "profile") as browser,
        served(opened) as origin,
    ):
        report = write(found, Path(name), storage).as_uri()
        draw(browser, report, folder / "report.png", 960, ".plot .main-svg")
        dashboard = f"{origin}/dashboard/studies/{study_id(opened, study)}"
        draw(
            browser,
            dashboard,
            folder / "dashboard.png",
            1000,
            ".scatterlayer .point",
            ".barlayer .point",
        )
        page = Path(name) / "terminal.html"
        page.write_text(as_page(acted_again(found, definition, 0.7)), encoding="utf-8")
        draw(browser, page.as_uri(), folder / "terminal.png", 900, "svg", clip="svg")


if __name__ == "__main__":
    main(pictures, "tests.pictures")
