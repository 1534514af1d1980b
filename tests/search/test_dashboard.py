"""The dashboard on a real study, over loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.search.study_folder import StudyFolder, environment, make_study_folder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """A study of four trials."""
    study = make_study_folder(tmp_path_factory.mktemp("dashboard"))
    study.run("--trials", "4")
    return study


@pytest.fixture
def address(study: StudyFolder, request: pytest.FixtureRequest) -> Iterator[str]:
    """A dashboard on a free port; its address."""
    flags = getattr(request, "param", [])
    command = [sys.executable, "-m", "search.dashboard", "blocks", "--storage", study.storage]
    process = subprocess.Popen(
        [*command, "--port", "0", *flags],
        cwd=study.folder,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[0]
    finally:
        process.kill()
        process.communicate()


def get(address: str) -> Any:
    with urlopen(address, timeout=30) as response:
        return json.loads(response.read())


def delete(address: str) -> int:
    """The status of a request to delete."""
    try:
        with urlopen(Request(address, method="DELETE"), timeout=30) as response:
            return int(response.status)
    except HTTPError as error:
        return error.code


def test_it_shows_metric_names_attributes_and_curves(address: str) -> None:
    """What a person browses: the study, its trials, each with its curve and metrics."""
    origin = address.rsplit("/dashboard", 1)[0]
    study = get(f"{origin}/api/studies/1")
    assert study["objective_names"] == ["nDCG@10"]
    trials = study["trials"]
    assert len(trials) == 4
    assert all(trial["intermediate_values"] for trial in trials)
    names = {attribute["key"] for attribute in trials[0]["user_attrs"]}
    assert {"HR@10", "mAP@10", "best_epoch", "engine", "seed"} <= names
    with urlopen(address, timeout=30) as page:
        assert b"<html" in page.read().lower()


def test_it_is_read_only(address: str, study: StudyFolder) -> None:
    """Nobody who reaches it can delete a study."""
    origin = address.rsplit("/dashboard", 1)[0]
    assert delete(f"{origin}/api/studies/1") == 405
    assert study.finished() == 4


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
