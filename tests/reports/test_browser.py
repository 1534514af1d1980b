"""The page in a real browser, offline: it draws, sorts, fits and asks for nothing."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from reports.page import write
from studies.results.study_result import StudyResult
from tests.browser import needs_browser
from tests.reports.gallery import AWKWARD, HOSTILE
from tests.reports.made_up import complete, failed, plausible, tiny
from tests.reports.shown import drawn, emulate, show

pytestmark = needs_browser


@pytest.mark.parametrize(
    "study", [plausible(40), *AWKWARD.values()], ids=["plausible", *AWKWARD.keys()]
)
def test_every_figure_is_drawn_without_an_error_or_a_request(
    browser: Any, study: StudyResult, tmp_path: Path
) -> None:
    show(browser, study, tmp_path)
    plots = drawn(browser)
    assert all(plots)
    assert bool(plots) == any(trial.curve for trial in study.trials)
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in urls if not url.startswith(("file:", "data:", "blob:"))] == []


def numbers(browser: Any) -> list[str]:
    return list(
        browser.execute_script(
            "return [...document.querySelectorAll('.sortable tbody th')].map(th => th.textContent)"
        )
    )


def test_the_table_sorts_by_click_and_by_key(browser: Any, tmp_path: Path) -> None:
    """By score, the best first; again, the worst; trials without a score stay at the end."""
    from selenium.webdriver.common.keys import Keys

    study = plausible(40)
    show(browser, study, tmp_path)
    scored = sorted(study.trials, key=lambda trial: -(trial.score or 0.0))
    falling = [str(trial.number) for trial in scored]
    head = browser.find_elements("css selector", ".sortable thead th")[2]
    button = head.find_element("tag name", "button")
    browser.execute_script("arguments[0].click()", button)
    assert numbers(browser) == falling
    assert head.get_attribute("aria-sort") == "descending"
    button.send_keys(Keys.ENTER)
    assert numbers(browser) == falling[::-1]
    assert head.get_attribute("aria-sort") == "ascending"
    assert len(browser.find_elements("css selector", "th[aria-sort]")) == 1


def test_trials_without_a_value_sort_last_either_way(browser: Any, tmp_path: Path) -> None:
    show(browser, tiny(failed(0), complete(1, 0.3), complete(2, 0.4)), tmp_path)
    button = browser.find_elements("css selector", ".sortable thead button")[2]
    for order in (["2", "1", "0"], ["1", "2", "0"]):
        browser.execute_script("arguments[0].click()", button)
        assert numbers(browser) == order


def shown(browser: Any) -> list[str]:
    return list(
        browser.execute_script(
            "return [...document.querySelectorAll('.sortable tbody tr')]"
            ".filter(row => row.offsetParent !== null).map(row => row.id)"
        )
    )


def test_the_table_filters_by_state_and_by_words(browser: Any, tmp_path: Path) -> None:
    study = tiny(complete(0, 0.3, label="notebook"), failed(1), complete(2, 0.4), failed(3))
    show(browser, study, tmp_path)
    state = browser.find_element("css selector", ".filters select")
    browser.execute_script(
        "arguments[0].value = 'failed'; arguments[0].dispatchEvent(new Event('change'))", state
    )
    assert shown(browser) == ["trial-1", "trial-3"]
    assert browser.find_element("css selector", ".found").text == "2 of 4 trials"
    browser.execute_script("location.hash = '#trial-2'")
    assert shown(browser) == [f"trial-{n}" for n in range(4)]
    words = browser.find_element("css selector", ".filters input")
    words.send_keys("NoteBook")
    assert shown(browser) == ["trial-0"]


def copied(browser: Any, selector: str) -> str:
    """What a click puts into the clipboard."""
    browser.execute_script(
        "window.taken = null; Object.defineProperty(navigator, 'clipboard', {configurable: true,"
        " value: {writeText: async text => { window.taken = text; }}});"
        "document.querySelector(arguments[0]).click()",
        selector,
    )
    return str(browser.execute_script("return window.taken"))


def test_one_click_copies_a_configuration_or_a_replay_command(browser: Any, tmp_path: Path) -> None:
    study = plausible(12)
    show(browser, study, tmp_path)
    text = copied(browser, "#trial-7 [data-copy]")
    assert tomllib.loads(text)["starting_points"] == [
        {"name": "trial 7", "configuration": study.trial(7).params}
    ]
    assert copied(browser, "#trial-7 .copy[data-replay]") == (
        "python -m search.replay ml-100k --trial 7"
    )
    assert browser.find_element("css selector", "#trial-7 [data-copy]").text == "copied"


def test_a_trials_curve_is_drawn_out_alone(browser: Any, tmp_path: Path) -> None:
    """A second click draws another out in its place."""
    study = plausible(12)
    show(browser, study, tmp_path)
    for number in (3, 5):
        browser.execute_script(
            "document.querySelector(arguments[0]).click()", f"#trial-{number} a[data-curve]"
        )
        traces = browser.execute_script(
            "return document.getElementById('curves-plot').data"
            ".filter(t => t.name?.startsWith('trial ')).map(t => [t.name, t.x, t.y])"
        )
        epochs, values = zip(*study.trial(number).curve, strict=True)
        assert traces == [[f"trial {number}", list(epochs), list(values)]]
    assert browser.get_log("browser") == []


def test_without_scripts_there_are_no_buttons_that_do_nothing(browser: Any, tmp_path: Path) -> None:
    """Filters and copying need scripts and show up with them; answer and tables do not."""
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(write(AWKWARD["opened"], tmp_path).as_uri())
        visible = browser.find_elements("css selector", ".copy, .filters, .actions")
        assert visible
        assert not any(one.is_displayed() for one in visible)
        assert browser.find_element("css selector", ".answer").is_displayed()
        assert browser.find_element("css selector", "a[download]").is_displayed()
        assert browser.find_element("css selector", "#trial-0").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_figures_follow_the_colour_scheme(browser: Any, tmp_path: Path) -> None:
    """Text of figures stands out from the paper in light and in dark."""
    show(browser, plausible(10), tmp_path)
    shades = {}
    for scheme in ("light", "dark"):
        emulate(browser, color_scheme=scheme)
        paper, ink = browser.execute_script(
            "return [getComputedStyle(document.body).backgroundColor,"
            " getComputedStyle(document.querySelector('#history-plot .xtick text')).fill]"
        )
        shades[scheme] = [luminance(paper), luminance(ink)]
    for lighter, darker in (shades["light"], shades["dark"][::-1]):
        assert (lighter + 0.05) / (darker + 0.05) > 4.5


def luminance(colour: str) -> float:
    """Relative luminance of ``rgb(r, g, b)`` as WCAG 2 defines it."""
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").rstrip(")").split(",")]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_hover_shows_markup_letter_by_letter(browser: Any, tmp_path: Path) -> None:
    show(browser, AWKWARD["hostile"], tmp_path)
    hover = browser.execute_script(
        "const plot = document.getElementById('history-plot');"
        "const curveNumber = plot.data.findIndex(trace => trace.name === 'best');"
        "Plotly.Fx.hover(plot, [{curveNumber, pointNumber: 0}]);"
        "return plot.querySelector('.hoverlayer').textContent"
    )
    assert HOSTILE in hover
    assert browser.find_elements("css selector", ".hoverlayer script, .hoverlayer b") == []
