"""The cache directory."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

CACHE_VARIABLE = "NEUMF_SEARCH_CACHE"


def cache_dir() -> Path:
    """``$NEUMF_SEARCH_CACHE``, else the system's place for caches. Not created here."""
    return Path(os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("neumf-search"))
