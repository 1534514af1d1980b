"""The README is checked against the code."""

from __future__ import annotations

import os
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
    targets = set(re.findall(r"\bmake ([\w-]+)(?=`|$)", text, re.MULTILINE))
    assert {"search", "test", "test-long", "screenshots"} <= targets
    for target in targets:
        assert f"\n{target}:" in makefile, target


def test_dependencies_are_declared_once() -> None:
    """In pyproject.toml, with torch held below releases that are untested."""
    project = tomllib.loads((README.parent / "pyproject.toml").read_text())["project"]
    assert "torch>=2.9,<2.14" in project["dependencies"]
    assert not list(README.parent.glob("requirements*"))


def python_blocks() -> list[str]:
    """The README's examples in Python, each a program."""
    text = README.read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def run_beside_data(folder: Path, program: str, *, with_study: bool = False) -> str:
    """What ``program`` prints as a script beside an ``interactions.csv``, and beside the study that
    ``search.init`` makes of it."""
    data = blocks(n_blocks=10)
    rows = zip(data.users, data.items, data.times, strict=True)
    lines = [f"{user},{item},{time}" for user, item, time in rows]
    (folder / "interactions.csv").write_text("\n".join(["user,item,time", *lines]) + "\n")
    (folder / "program.py").write_text(program)
    environment = os.environ | {
        "PYTHONPATH": str(README.parent),
        CACHE_VARIABLE: str(folder / "cache"),
    }
    init = ["-m", "search.init", "interactions.csv", "--no-estimate"]
    for arguments in (*([init] if with_study else []), ["program.py"]):
        command = [sys.executable, *arguments]
        run = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
    return run.stdout


def test_its_python_runs(tmp_path: Path) -> None:
    """The example that reads interactions, trains, saves, loads and asks."""
    found = [block for block in python_blocks() if "run_study" not in block]
    assert found
    assert "score" in run_beside_data(tmp_path, "\n".join(found))


@pytest.mark.slow
def test_its_search_runs(tmp_path: Path) -> None:
    """The example that searches from Python, to a saved model, and reads the results back."""
    found = [block for block in python_blocks() if "run_study" in block]
    assert found
    assert "<NeuMF of" in run_beside_data(tmp_path, "\n".join(found), with_study=True)
