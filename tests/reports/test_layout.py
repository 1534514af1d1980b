"""The page as it is laid out in a real browser: nothing covers anything, sticks out or is cut off,
and axe finds nothing that keeps anyone from reading it.

Boxes are compared, not pixels: see DECISIONS.md.
"""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from studies.results.study_result import StudyResult
from tests.browser import needs_browser
from tests.reports.confirmed import plausible_opened
from tests.reports.gallery import AWKWARD
from tests.reports.shown import emulate, resize, show

pytestmark = needs_browser

LAYOUT = (Path(__file__).parent / "layout.js").read_text(encoding="utf-8")

SCREENS = (360, 768, 1440)
"""Widths in pixels: telephone, tablet, desk."""

PAPER = 680
"""Width of A4 between its margins."""

STUDIES: dict[str, StudyResult] = {
    "everything": plausible_opened(60),
    **{name: AWKWARD[name] for name in ("empty", "all failed", "interrupted", "mixed", "branched")},
    **{name: AWKWARD[name] for name in ("audited", "twins", "baselines refused", "catalogue only")},
}
"""Each section, with as much and as little as it may have to show. No definition has names as long
as the hostile study's."""


@pytest.fixture(scope="module", params=STUDIES)
def page(request: pytest.FixtureRequest, browser: Any, tmp_path_factory: Any) -> Any:
    """A browser that shows the page of a study, with all that can be unfolded unfolded."""
    show(browser, STUDIES[request.param], tmp_path_factory.mktemp("page"))
    browser.execute_script("document.querySelectorAll('details').forEach(one => (one.open = true))")
    return browser


def faults(browser: Any) -> list[str]:
    """What is wrong with the open page when its figures have taken up their places, for which they
    have half a minute."""
    from selenium.common.exceptions import TimeoutException
    from selenium.webdriver.support.wait import WebDriverWait

    found: list[str] = []

    def is_whole(_: object) -> bool:
        found[:] = browser.execute_script(LAYOUT)
        return not found

    with suppress(TimeoutException):
        WebDriverWait(browser, 30, 0.1).until(is_whole)
    return found


def test_everything_has_its_place(page: Any) -> None:
    """On every screen, and on paper, which gets a screen's drawings."""
    wrong = {}
    for width in SCREENS:
        emulate(page)
        resize(page, width)
        wrong[f"at {width}"] = faults(page)
        emulate(page, "print")
        resize(page, PAPER)
        wrong[f"printed at {width}"] = faults(page)
    emulate(page)
    assert not any(wrong.values()), wrong


def test_axe_finds_nothing(page: Any) -> None:
    """By light and in the dark, at a desk and on a telephone, however slight."""
    page.execute_script((files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8"))
    wrong = {}
    for width in (360, 1440):
        resize(page, width)
        for scheme in ("light", "dark"):
            emulate(page, color_scheme=scheme)
            wrong[f"{width} {scheme}"] = page.execute_async_script(
                "const [done] = arguments; axe.run({resultTypes: ['violations']}).then("
                "({violations}) => done(violations.map(({id, impact, nodes}) =>"
                " [id, impact, nodes.map(node => node.target.join(' '))])))"
            )
    emulate(page)
    assert not any(wrong.values()), wrong


def test_no_name_makes_a_phone_scroll_sideways(browser: Any, tmp_path: Path) -> None:
    show(browser, AWKWARD["hostile"], tmp_path, width=360)
    assert browser.execute_script("return document.documentElement.scrollWidth") == 360


BROKEN = {
    "h2 { margin-bottom: -3rem; }": "covers #answer-head",
    ".plot { width: 120vw; }": "the page scrolls sideways",
    ".answer { min-width: 60rem; }": "sticks out of the page",
    ".columns > * { margin-bottom: -6rem; }": "covers figure",
    "dd { width: 1rem; white-space: nowrap; overflow-wrap: normal; }": "narrower than its words",
    ".plot .xtitle { transform: translate(0, -1.2rem); }": "has its title over",
    ".plot .xtick text { font-size: 4rem !important; }": " over “",
    ".plot .legend { transform: translate(0, 9rem); }": "has its legend over its marks",
    ".plot .xtitle { transform: translate(0, 9rem); }": "cuts off",
}
"""Styles that spoil a page, and what is said of each."""


def test_what_is_out_of_place_is_seen(browser: Any, tmp_path: Path) -> None:
    """By the script that the tests above trust."""
    show(browser, AWKWARD["opened"], tmp_path)
    resize(browser, 768)
    assert faults(browser) == []
    browser.execute_script("document.head.append(document.createElement('style'))")
    for style, told in BROKEN.items():
        wrong = browser.execute_script(
            f"document.head.lastChild.textContent = arguments[0]; {LAYOUT}", style
        )
        assert any(told in one for one in wrong), (style, wrong)
