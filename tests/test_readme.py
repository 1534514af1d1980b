"""The README is checked against the code."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from neumf.data.files import CACHE_VARIABLE
from tests.readme import README, generate
from tests.worlds import blocks


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


def test_its_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks of Python, one after the other as one program, beside an ``interactions.csv``."""
    data = blocks(n_blocks=10)
    rows = zip(data.users, data.items, data.times, strict=True)
    lines = [f"{user},{item},{time}" for user, item, time in rows]
    (tmp_path / "interactions.csv").write_text("\n".join(["user,item,time", *lines]) + "\n")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(README.parent))
    found = re.findall(
        r"^```python\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    program = [sys.executable, "-c", "\n".join(found)]
    run = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
