"""Commands run in this process as a person runs them, and what they say."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from neumf.cli import main
from tests.worlds import blocks


class Said(NamedTuple):
    """What a command said and how it ended."""

    code: int
    out: list[str]
    err: list[str]


Command = Callable[..., Said]


def commanded(
    command: click.Command,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """``python -m NAME`` as a function of its arguments."""

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        with pytest.raises(SystemExit) as ended:
            main(command, name)
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, said.out.splitlines(), said.err.splitlines())

    return run


def write_blocks(folder: Path) -> None:
    """``blocks.csv``, with ratings and times."""
    data = blocks()
    rows = zip(data.users, data.items, data.times, strict=True)
    lines = [f"{user},{item},{1 + time % 5},{time}" for user, item, time in rows]
    (folder / "blocks.csv").write_text("\n".join(["user,item,rating,time", *lines]) + "\n")
