"""Fixtures of several of this room's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from neumf.data.files import CACHE_VARIABLE
from tests.search.confirmed import FEW
from tests.search.plays import csv
from tests.search.study_folder import StudyFolder, make_study_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to work in, with ``plays.csv``."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    (here / "plays.csv").write_text(csv("userId,movieId,rating,played_at"))
    return here


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """Six trials, and nothing after them. Not to be changed."""
    study = make_study_folder(tmp_path_factory.mktemp("searched"))
    study.run("--workers", "1")
    return study


@pytest.fixture(scope="session")
def opened(searched: StudyFolder, tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """The same, confirmed and opened by one worker. Not to be changed."""
    study = searched.copy(tmp_path_factory.mktemp("opened") / "study")
    (study.folder / "summary.json").write_text(
        study.confirm(*FEW, "--workers", "1", "--json").stdout.splitlines()[-1]
    )
    return study
