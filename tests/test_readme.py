"""The README is checked against the code."""

from __future__ import annotations

import re
import tomllib

from tests.readme import README, generate


def test_generated_parts_are_those_of_the_code() -> None:
    """The table of hyperparameters and the commands' help; ``make docs`` updates it."""
    text = README.read_text(encoding="utf-8")
    assert generate(text) == text


def test_every_file_and_command_it_names_is_there() -> None:
    """Links to files, ``python -m`` modules and make targets."""
    root, text = README.parent, README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (root / target).is_file(), target
    for module in set(re.findall(r"python -m ((?:neumf|studies|reports|search)[\w.]*)", text)):
        path = root / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake (\w+)$", text, re.MULTILINE)):
        assert f"\n{target}:" in makefile, target


def test_dependencies_are_declared_once() -> None:
    """In pyproject.toml, with torch held below releases that are untested."""
    project = tomllib.loads((README.parent / "pyproject.toml").read_text())["project"]
    assert "torch>=2.9,<2.14" in project["dependencies"]
    assert not list(README.parent.glob("requirements*"))
