"""Fixtures of several of this room's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from neumf.data.files import CACHE_VARIABLE
from tests.search.plays import csv


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to work in, with ``plays.csv``."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    (here / "plays.csv").write_text(csv("userId,movieId,rating,played_at"))
    return here
