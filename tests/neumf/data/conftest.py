"""Nothing here touches the person's own cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from neumf.data.files import CACHE_VARIABLE


@pytest.fixture(autouse=True)
def cache_directory(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A cache directory that does not exist yet."""
    directory = tmp_path_factory.mktemp("cache") / "neumf-search"
    monkeypatch.setenv(CACHE_VARIABLE, str(directory))
    return directory
