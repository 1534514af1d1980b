"""The dashboard on a real study, over loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from search.server import DEFAULT_PORT, has_browser
from tests.search.study_folder import StudyFolder, environment, make_study_folder

slow = pytest.mark.slow


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """A study of four trials, confirmed and opened."""
    study = make_study_folder(tmp_path_factory.mktemp("dashboard"))
    study.run("--trials", "4", "--confirm")
    return study


@contextmanager
def dashboard(study: StudyFolder, *flags: str, **variables: str) -> Iterator[str]:
    """A dashboard that runs; the address that it prints."""
    with printing(study, *flags, **variables) as printed:
        yield printed.readline().split()[0]


@contextmanager
def printing(study: StudyFolder, *flags: str, **variables: str) -> Iterator[IO[str]]:
    """A dashboard that runs, and what it prints."""
    command = [sys.executable, "-m", "search.dashboard", "blocks", "--storage", study.storage]
    process = subprocess.Popen(
        [*command, *flags],
        cwd=study.folder,
        env={**environment(), **variables},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def address(study: StudyFolder) -> Iterator[str]:
    """A read-only dashboard on a free port."""
    with dashboard(study, "--port", "0", "--no-browser") as found:
        yield found


def get(address: str) -> Any:
    with urlopen(address, timeout=30) as response:
        return json.loads(response.read())


def ask(address: str, method: str = "GET", **headers: str) -> int:
    """The status of a request."""
    try:
        with urlopen(Request(address, method=method, headers=headers), timeout=30) as response:
            return int(response.status)
    except HTTPError as error:
        return error.code


@slow
def test_it_shows_metric_names_attributes_and_curves(address: str) -> None:
    """What a person browses: the study, its trials, each with its curve, the headline's metrics,
    and nothing nested or packed in its table."""
    origin = address.rsplit("/dashboard", 1)[0]
    study = get(f"{origin}/api/studies/1")
    assert study["objective_names"] == ["nDCG@10"]
    trials = study["trials"]
    assert len(trials) == 4
    assert all(trial["intermediate_values"] for trial in trials)
    names = {attribute["key"] for attribute in trials[1]["user_attrs"]}
    assert {"HR@10", "mAP@10", "best_epoch", "engine", "seed"} <= names
    for number in (1, 2, 3):
        for trial in get(f"{origin}/api/studies/{number}")["trials"]:
            shown = {one["key"]: one["value"] for one in trial["user_attrs"]}
            assert not shown.keys() & {"HR@1", "losses", "hyperparameters", "catalogue_ranks"}
            assert all(len(value) < 40 and "{" not in value for value in shown.values()), shown
    with urlopen(address, timeout=30) as page:
        assert b"<html" in page.read().lower()


@slow
def test_a_studys_attributes_are_lines_for_a_person(address: str) -> None:
    """Of the study: all that its program reads is elsewhere; of those beside it, whose they are."""
    origin = address.rsplit("/dashboard", 1)[0]
    shown = [
        {one["key"]: one["value"] for one in get(f"{origin}/api/studies/{number}")["user_attrs"]}
        for number in (1, 2, 3)
    ]
    assert shown[0].keys() == {"answer", "dataset", "protocol", "run_again"}
    assert shown[0]["answer"].startswith("on test, opened once, the chosen NeuMF")
    assert "60 users" in shown[0]["dataset"]
    assert shown[0]["run_again"].startswith("python -m search.run ")
    assert shown[1] == shown[2] == {"part_of": "blocks"}


@slow
def test_the_sessions_figures_are_among_the_dashboards(address: str) -> None:
    """Of all trials, of the opened test split, and small enough to be kept with the study."""
    origin = address.rsplit("/dashboard", 1)[0]
    study = get(f"{origin}/api/studies/1")
    found = {one["id"]: json.loads(one["graph_object"]) for one in study["plotly_graph_objects"]}
    assert found.keys() == {"neumf-answer", "neumf-path", "neumf-curves"}
    titles = {name: figure["layout"]["title"]["text"] for name, figure in found.items()}
    assert titles["neumf-answer"] == "On test: means over fresh seeds"
    assert titles["neumf-path"] == "Best so far, after 4 trials"
    rows = " ".join(found["neumf-answer"]["layout"]["yaxis"]["ticktext"])
    assert all(model in rows for model in ("NeuMF, chosen", "popularity", "iALS", "EASE"))
    assert found["neumf-path"]["data"][0]["y"][-1] == study["best_trials"][0]["values"][0]
    assert len(json.dumps(found)) < 50_000


@slow
def test_the_report_and_the_curves_are_artifacts(address: str) -> None:
    """Drawn when they are asked for, of the runs over fresh seeds too."""
    origin = address.rsplit("/dashboard", 1)[0]
    study = get(f"{origin}/api/studies/1")
    (page,) = study["artifacts"]
    with urlopen(f"{origin}/artifacts/1/{page['artifact_id']}", timeout=60) as response:
        assert response.headers["Content-Type"] == "text/html"
        assert "On test, opened once" in response.read().decode()
    for number in (1, 2, 3):
        trial = get(f"{origin}/api/studies/{number}")["trials"][-1]
        (curve,) = trial["artifacts"]
        place = f"{number}/{trial['trial_id']}/{curve['artifact_id']}"
        with urlopen(f"{origin}/artifacts/{place}", timeout=60) as response:
            assert response.headers["Content-Type"] == "image/svg+xml"
            assert b"nDCG@10" in response.read()


@slow
def test_it_prints_where_the_report_is(study: StudyFolder) -> None:
    """Beside the address of the dashboard."""
    with printing(study, "--port", "0", "--no-browser") as printed:
        address = printed.readline().split()[0]
        what, report = printed.readline().split()
        assert what == "report:"
        assert report.split("/artifacts/")[0] == address.split("/dashboard/")[0]
        assert ask(report) == 200


@slow
def test_notes_tell_what_was_found(address: str) -> None:
    """Of the study and of those beside it, and of each trial; the address leads to the study's."""
    origin = address.rsplit("/dashboard", 1)[0]
    assert address.endswith("/dashboard/studies/1/note")
    notes, trials = {}, {}
    for number in (1, 2, 3):
        found = get(f"{origin}/api/studies/{number}")
        notes[found["name"]] = found["note"]["body"]
        trials[found["name"]] = [trial["note"]["body"] for trial in found["trials"]]
        assert all(trials[found["name"]])
    assert notes.keys() == {"blocks", "blocks/confirm", "blocks/test"}
    for told in ("two blocks of users", "**Answer**", "**Confirmed**", "60 users", "search.run"):
        assert told in notes["blocks"]
    assert "on test, opened once" in notes["blocks/test"]
    assert "chosen**" in notes["blocks/confirm"]
    assert "| nDCG | 0." in trials["blocks"][1]
    assert "the starting point **notebook**" in trials["blocks"][0]
    assert "python -m search.replay --trial 1 --storage" in trials["blocks"][1]
    assert "fresh seed 1" in trials["blocks/test"][0]
    assert "| among the whole catalogue | " in trials["blocks/test"][0]


@slow
def test_it_is_read_only(address: str, study: StudyFolder) -> None:
    """Nobody who reaches it can delete a study."""
    origin = address.rsplit("/dashboard", 1)[0]
    assert ask(f"{origin}/api/studies/1", "DELETE") == 405
    assert study.finished() >= 4


@slow
def test_pages_of_other_sites_are_refused(address: str) -> None:
    """Under a name that was made to lead here, and from another origin, this machine's included;
    but a link leads here from anywhere."""
    origin = address.rsplit("/dashboard", 1)[0]
    port = origin.rsplit(":", 1)[1]
    api = f"{origin}/api/studies"
    assert ask(api, Host=f"evil.example:{port}") == 403
    assert ask(api, Origin="http://evil.example") == 403
    assert ask(api, Origin="http://127.0.0.1:1") == 403
    assert ask(api, Origin="null") == 403
    for site in ("cross-site", "same-site"):
        fetched = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
        assert ask(api, **fetched) == 403
        assert ask(address, **fetched | {"Sec-Fetch-Mode": "navigate"}) == 403
        followed = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert ask(address, **fetched | followed) == 200
    assert ask(api, Origin=origin) == ask(api, Host=f"localhost:{port}") == 200


@slow
def test_a_writable_one_refuses_them_too(study: StudyFolder) -> None:
    """Where a foreign page could delete a study; a person still writes notes."""
    with dashboard(study, "--port", "0", "--no-browser", "--writable") as address:
        origin = address.rsplit("/dashboard", 1)[0]
        assert ask(f"{origin}/api/studies/1", "DELETE", Origin="http://evil.example") == 403
        # the dashboard itself stumbles over a study that is not there
        assert ask(f"{origin}/api/studies/99", "DELETE", Origin=origin) not in (403, 405)
        assert ask(f"{origin}/api/studies/1/rename", "POST", Origin=origin) == 405
        assert ask(f"{origin}/api/artifacts/1", "POST", Origin=origin) == 405
        assert ask(f"{origin}/api/studies/1") == 200


@slow
def test_a_taken_port_is_no_obstacle(study: StudyFolder) -> None:
    """Unless it was asked for."""
    with socket.socket() as taken:
        try:
            taken.bind(("127.0.0.1", DEFAULT_PORT))
            taken.listen()
        except OSError:  # so it is taken by something else, which is as well
            pass
        with dashboard(study, "--no-browser") as address:
            assert f":{DEFAULT_PORT}/" not in address
            assert ask(address) == 200
            port = address.split("/")[2].split(":")[1]
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "search.dashboard", "--storage", study.storage),
                    *("--no-browser", "--port", port),
                ],
                env=environment(),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
    assert done.returncode == 2
    assert f"--port {port}: " in done.stderr


@slow
@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for the browser")
def test_it_opens_the_browser(study: StudyFolder, tmp_path: Path) -> None:
    """At the address that it prints."""
    pipe, browser = tmp_path / "pipe", tmp_path / "browser"
    os.mkfifo(pipe)
    browser.write_text(f'#!/bin/sh\necho "$1" > "{pipe}"\n')
    browser.chmod(0o755)
    with dashboard(study, "--port", "0", BROWSER=str(browser)) as address:
        assert pipe.read_text().strip() == address


@pytest.mark.skipif(
    sys.platform in ("win32", "darwin"),
    reason="there is always a display",
)
def test_no_browser_takes_the_terminal_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without a display, a browser would be one in the terminal."""
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not has_browser()
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_browser()


@slow
def test_an_unknown_study_is_refused(study: StudyFolder) -> None:
    """In one line, with the nearest name."""
    done = subprocess.run(
        [sys.executable, "-m", "search.dashboard", "block", "--storage", study.storage],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "did you mean 'blocks'?" in done.stderr
