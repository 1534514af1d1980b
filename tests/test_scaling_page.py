"""What SCALING.md says to type: as far as that can be seen without a cluster."""

from __future__ import annotations

import importlib
import json
import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest
import yaml

PAGE = Path(__file__).parent.parent / "SCALING.md"


def blocks(kind: str) -> list[str]:
    """The page's blocks of code in one language."""
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_its_shell_parses() -> None:
    assert blocks("sh")
    for block in blocks("sh"):
        subprocess.run(["bash", "-n"], input=block, text=True, check=True)


def test_its_commands_have_the_options_that_it_gives() -> None:
    """Each ``python -m search.run``, wherever it stands."""
    text = "\n".join(blocks("sh") + [str(yaml.safe_load(block)) for block in blocks("yaml")])
    text = re.sub(r"', '", " ", text.replace("\\\n", " "))
    lines = re.findall(r"python -m (search\.\w+)([^#\"'|\n]*)", text)
    assert len(lines) > 5
    for module, arguments in lines:
        (command,) = {
            each
            for each in vars(importlib.import_module(module)).values()
            if isinstance(each, click.Command)
        }
        command.make_context(module, shlex.split(arguments))


def test_its_yaml_is_of_the_kinds_that_it_says() -> None:
    """A Job, a RayJob whose containers all have the image, and a cluster."""
    job, rayjob, cluster = (yaml.safe_load(block) for block in blocks("yaml"))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    assert (rayjob["apiVersion"], rayjob["kind"]) == ("ray.io/v1", "RayJob")
    assert cluster["head_node_type"] in cluster["available_node_types"]
    images = re.findall(r"image: (.*)", "".join(blocks("yaml")))
    assert len(images) == 3
    assert len(set(images)) == 1


RAY = "needs the extra: pip install 'neumf-search[cluster]'"


def test_ray_accepts_its_cluster() -> None:
    """By the schema that ``ray up`` checks with."""
    autoscaler = pytest.importorskip("ray.autoscaler", reason=RAY)
    jsonschema = pytest.importorskip("jsonschema", reason=RAY)  # which Ray brings
    schema = Path(autoscaler.__file__).with_name("ray-schema.json").read_text(encoding="utf-8")
    jsonschema.validate(yaml.safe_load(blocks("yaml")[-1]), json.loads(schema))
