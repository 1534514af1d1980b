"""What a path may lead to beside a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

SPECIALS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: path,
    "a folder": Path.mkdir,
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a name that is too long": lambda path: path,
}
if sys.platform != "win32":
    SPECIALS |= {
        "a pipe": os.mkfifo,
        "a device that never ends": lambda path: path.symlink_to("/dev/zero"),
        "a device without anything": lambda path: path.symlink_to("/dev/null"),
    }


def make_special(kind: str, path: Path) -> Path:
    """``kind`` at ``path``, or where it can be."""
    if kind == "a name that is too long":
        return path.with_name(path.name * 999)
    SPECIALS[kind](path)
    return path
