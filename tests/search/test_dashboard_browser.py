"""Notes in a real browser, as Optuna's own dashboard draws them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

import optuna_dashboard
import pytest

from search.guards import from_here, read_only
from search.server import _Quiet
from studies.ledger.ledger import Ledger
from studies.storage.database import open_storage
from tests.browser import chromium, needs_browser
from tests.studies.synthetic import DATA, STARTING_POINTS, define, finish

pytestmark = needs_browser
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>|**b** `c` $x$"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The dashboard on a study whose names are markup."""
    storage = open_storage(f"sqlite:///{tmp_path / 'a.db'}", owner=True)
    definition = define(3, starting_points=STARTING_POINTS).model_copy(
        update={"name": HOSTILE, "description": HOSTILE}
    )
    ledger = Ledger(storage, definition, {**DATA, "description": [HOSTILE]})
    finish(ledger)
    application = read_only(from_here(optuna_dashboard.wsgi(storage)))
    server: WSGIServer = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/dashboard/studies/1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    with chromium(tmp_path / "chromium") as driver:
        yield driver


def test_notes_show_names_as_they_are_and_run_nothing(address: str, browser: Any) -> None:
    """Of the study and of a trial: no script, no picture, no formula comes of a name."""
    from selenium.webdriver.support import expected_conditions
    from selenium.webdriver.support.wait import WebDriverWait

    for page, told in (("/note", "Best of the search"), ("/trials?numbers=0", "starting point")):
        browser.get(address + page)  # an alert would make what follows fail
        shown = expected_conditions.text_to_be_present_in_element(("tag name", "body"), told)
        WebDriverWait(browser, 30).until(shown)
        text = browser.find_element("tag name", "body").text
        assert not browser.find_elements("css selector", "main img, main script, mjx-container")
        assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
        if page == "/note":
            for place in ("h1", "p", "li"):  # name, description, data
                found = browser.find_elements("css selector", place)
                assert HOSTILE in [element.text for element in found], place
        else:
            assert len(browser.find_elements("css selector", "table")) >= 1
            assert "python -m search.replay --trial 0" in text
