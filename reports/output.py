"""Where pages go, under a name that is safe for any study."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

FOLDER = Path("reports/html")
_LONGEST = 40


def file_name(study: str) -> str:
    """``<study>.html``, in characters that no file system reads as a path.

    A name that had to be changed gets a few digits of its hash, so that two studies never share
    a file.
    """
    safe = re.sub(r"[^\w.-]+", "-", study).strip(".-")[:_LONGEST]
    if safe != study or not safe:
        safe = "-".join(filter(None, [safe, sha256(study.encode()).hexdigest()[:8]]))
    return f"{safe}.html"
