"""What a session leaves for Optuna's dashboard, in a real browser, as that draws it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import optuna
import pytest
from optuna.storages import RDBStorage

from reports.graphs import graphs
from search.graphs import store_graphs
from studies.ledger.ledger import Ledger
from studies.notes.storing import store_graph
from studies.storage.database import open_storage
from tests.browser import chromium, needs_browser
from tests.dashboard import served
from tests.reports.confirmed import plausible_opened
from tests.studies.storages import url_of
from tests.studies.synthetic import DATA, STARTING_POINTS, ask, define, finish, results

pytestmark = needs_browser
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>|**b** `c` $x$"


@dataclass(frozen=True)
class World:
    """A study whose names are markup, and a dashboard on it, as a person has them."""

    storage: RDBStorage
    origin: str

    @property
    def address(self) -> str:
        return f"{self.origin}/dashboard/studies/1"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Read-only, of three trials that ended; one of its figures is of a larger study."""
    storage = open_storage(url_of(tmp_path_factory.mktemp("world") / "a.db"), owner=True)
    finish(begin(storage, 3))
    store_graphs(storage, HOSTILE)
    answer = graphs(plausible_opened(20))["neumf-answer"]
    study = optuna.load_study(study_name=HOSTILE, storage=storage)
    store_graph(study, "neumf-answer", answer.to_json())
    with served(storage, writable=False) as origin:
        yield World(storage, origin)


def begin(storage: RDBStorage, trials: int) -> Ledger:
    points = [{**STARTING_POINTS[0], "name": HOSTILE}, *STARTING_POINTS[1:]]
    definition = define(trials, starting_points=points).model_copy(
        update={"name": HOSTILE, "description": HOSTILE}
    )
    return Ledger(storage, definition, {**DATA, "description": [HOSTILE]})


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("chromium"), "--window-size=1440,1000") as driver:
        yield driver


def until(browser: Any, found: Callable[[], Any]) -> Any:
    """What ``found`` gives, once it does: the dashboard draws after it has loaded."""
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, 60).until(lambda _: found())


def show(browser: Any, address: str, told: str) -> str:
    """The text of a page, once it tells of ``told``; an alert would make this fail."""
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(address)
    until(browser, lambda: told in text(browser))
    return text(browser)


def text(browser: Any) -> str:
    return str(browser.find_element("tag name", "body").text)


def is_quiet(browser: Any, origin: str) -> bool:
    """Whether the page logged no error and asked no other host."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in urls if not url.startswith((origin, "data:", "blob:"))] == []
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
    return bool(urls)


def test_notes_show_names_as_they_are_and_run_nothing(browser: Any, world: World) -> None:
    """Of the study and of a trial: no script, no picture, no formula comes of a name."""
    show(browser, f"{world.address}/note", "Best of the search")
    for place in ("h1", "p", "li"):  # name, description, data
        found = browser.find_elements("css selector", place)
        assert HOSTILE in [element.text for element in found], place
    assert not browser.find_elements("css selector", "main img, main script, mjx-container")
    assert is_quiet(browser, world.origin)
    told = show(browser, f"{world.address}/trials?numbers=0", "starting point")
    assert len(browser.find_elements("css selector", "table")) >= 1
    assert "python -m search.replay --trial 0" in told
    assert not browser.find_elements("css selector", "main script, mjx-container")
    assert is_quiet(browser, world.origin)


def test_a_study_has_its_figures_its_attributes_and_its_report(browser: Any, world: World) -> None:
    """Each figure with its points and its title; each attribute whole; the report as a file."""
    show(browser, world.address, "report.html")
    points = {
        "neumf-answer": "On test: means over fresh seeds",
        "neumf-path": "Best so far, after 3 trials",
        "neumf-curves": "Curves of the best of 3 trials",
    }
    for name, title in points.items():
        figure = until(browser, lambda name=name: drawn(browser, name))  # type: ignore[misc]
        assert figure["title"] == title
        assert figure["points"] == figure["marks"] > 0
    for name, value in attributes(world).items():
        cell = until(browser, lambda name=name: attribute(browser, name))  # type: ignore[misc]
        assert cell == {"value": value, "whole": True}
    assert is_quiet(browser, world.origin)


def drawn(browser: Any, name: str) -> dict[str, Any] | None:
    """A figure's title, the points that it was given as markers, and those that it shows."""
    script = """
        const plot = document.getElementById('user-defined-plot:' + arguments[0])
        if (!plot || !plot.querySelector('.scatterlayer')) return null
        const traces = plot.data.filter(trace => trace.mode.includes('markers'))
        return {
            title: plot.querySelector('.gtitle').textContent,
            points: traces.reduce((sum, trace) => sum + trace.x.length, 0),
            marks: plot.querySelectorAll('.scatterlayer .points path').length,
        }"""
    found: dict[str, Any] | None = browser.execute_script(script, name)
    return found


def attributes(world: World) -> dict[str, Any]:
    return world.storage.get_study_user_attrs(1)


def attribute(browser: Any, name: str) -> dict[str, Any] | None:
    """An attribute's value in the table of them, and whether it is there from end to end."""
    script = """
        for (const row of document.querySelectorAll('tr')) {
            const [key, value] = row.cells
            if (key.textContent === arguments[0])
                return {value: value.textContent, whole: value.scrollWidth <= value.clientWidth}
        }"""
    found: dict[str, Any] | None = browser.execute_script(script, name)
    return found


def test_the_report_opens_from_the_dashboard(browser: Any, world: World) -> None:
    """It draws its figures there too, and its name is text."""
    show(browser, world.address, "report.html")
    link = browser.find_element("css selector", "a[aria-label='download artifact']")
    assert link.get_attribute("download") == "report.html"
    show(browser, link.get_attribute("href"), HOSTILE)
    until(browser, lambda: browser.find_elements("css selector", "#history-plot svg"))
    assert is_quiet(browser, world.origin)


def test_trials_read_well(browser: Any, world: World) -> None:
    """In the table a column for each hyperparameter and attribute, nothing nested in any; beside a
    trial, a picture of its curve."""
    told = show(browser, f"{world.address}/smartSelection", "Param lr")
    assert "best_epoch" in told
    cells = [cell.text for cell in browser.find_elements("css selector", "td")]
    assert "Complete" in cells
    assert not [cell for cell in cells if cell.startswith(("{", "["))]
    show(browser, f"{world.address}/trials?numbers=1", "learning curve.svg")
    sizes = "return [...document.images].map(image => [image.complete, image.naturalWidth > 0])"
    assert until(browser, lambda: browser.execute_script(sizes) == [[True, True]])
    assert is_quiet(browser, world.origin)


CHANGE = """
    const done = arguments[arguments.length - 1]
    const body = JSON.stringify({version: 2, body: "mine"})
    const headers = {"Content-Type": "application/json"}
    fetch("/api/studies/1/3/note", {method: "PUT", headers, body}).then(is => done(is.status))
"""
"""Of trial 2, whose identifier is 3."""


def test_a_person_changes_a_note_where_that_is_allowed(browser: Any, world: World) -> None:
    """In a writable dashboard; a read-only one refuses, and goes on to show what there is."""
    page = "dashboard/studies/1/trials?numbers=2"
    show(browser, f"{world.origin}/{page}", "python -m search.replay --trial 2")
    assert browser.execute_async_script(CHANGE) == 405
    show(browser, f"{world.origin}/{page}", "python -m search.replay --trial 2")
    with served(world.storage, writable=True) as origin:
        show(browser, f"{origin}/{page}", "python -m search.replay --trial 2")
        assert browser.execute_async_script(CHANGE) == 204
        assert "search.replay" not in show(browser, f"{origin}/{page}", "mine")
        assert is_quiet(browser, origin)


def test_a_search_can_be_watched(browser: Any, world: World) -> None:
    """A trial that runs is shown as it runs, with its curve so far, and then as what it came to."""
    ledger = begin(world.storage, 4)
    job = ask(ledger)
    trial = f"{world.address}/trials?numbers={job.number}"
    one, two = results([0.125, 0.25])
    ledger.record(job.number, one)
    told = show(browser, trial, f"Trial {job.number} (")
    assert "Running" in told
    assert "1 0.125" in told
    ledger.record(job.number, two)
    ledger.complete(job.number)
    told = show(browser, trial, "nDCG@10 0.2500 on validation, in epoch 2 of 2")
    assert "learning curve.svg" in told
    assert is_quiet(browser, world.origin)
