"""The parts of the README that are generated: ``python -m tests.readme --write`` (``make docs``).

A part stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click

from neumf.hyperparameters import HYPERPARAMETERS
from studies.definition.loading import load

README = Path(__file__).parents[1] / "README.md"


def hyperparameters() -> str:
    """The table of hyperparameters, with the default study's search space."""
    study = load("ml-100k")
    space = {name: str(entry) for name, entry in study.space.items()}
    for branch in study.branches:
        space |= {name: f"{entry}, on branch {branch.name}" for name, entry in branch.space.items()}
    rows = ["| hyperparameter | default | searched by default | what it is |", "|---|---|---|---|"]
    rows += [
        f"| `{h.name}` | {h.default} | {space.get(h.name, '')} | {h.help} |"
        for h in HYPERPARAMETERS.values()
    ]
    return "\n".join(rows)


def help_of(module: str, name: str) -> Callable[[], str]:
    """A command's ``--help``."""

    def text() -> str:
        command: click.Command = getattr(import_module(module), name)
        context = click.Context(command, info_name=f"python -m {module}", terminal_width=98)
        return f"```\n{command.get_help(context)}\n```"

    return text


PARTS: dict[str, Callable[[], str]] = {
    "hyperparameters": hyperparameters,
    "help search.run": help_of("search.run", "run"),
}


def generate(readme: str) -> str:
    """``readme`` with every generated part as the code has it now."""
    for name, part in PARTS.items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        assert readme.count(begin) == readme.count(end) == 1, f"README.md has no part {name!r}"
        before, _, rest = readme.partition(begin)
        readme = f"{before}{begin}{part()}\n{end}{rest.partition(end)[2]}"
    return readme


if __name__ == "__main__":
    current = README.read_text(encoding="utf-8")
    if "--write" in sys.argv:
        README.write_text(generate(current), encoding="utf-8")
    elif generate(current) != current:
        sys.exit("README.md is out of date: run make docs")
