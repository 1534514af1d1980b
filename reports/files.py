"""Where pages go: a safe name for any study, and a file that is there whole or not at all."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path

from neumf.errors import UserError

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


def replace(path: Path, content: str) -> None:
    """Write ``content`` to ``path``, making folders; readers see the old file or the new one.

    Raises:
        UserError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_text(content, encoding="utf-8", newline="\n")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"cannot write {path}: {reason}; choose another folder") from None
