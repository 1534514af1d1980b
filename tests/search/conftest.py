"""Fixtures of several of this room's tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator
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


@pytest.fixture
def signals_heard() -> Iterator[None]:
    """A search leaves ignored what its caller ignores: under ``nohup``, or in the background of a
    script, that is just what these tests send."""
    ignored = [
        number
        for name in ("SIGINT", "SIGHUP")
        if (number := getattr(signal, name, None)) is not None
        and signal.getsignal(number) == signal.SIG_IGN
    ]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
