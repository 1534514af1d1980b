"""What SCALING.md says to type: as far as that can be seen without a cluster."""

from __future__ import annotations

import importlib
import json
import re
import shlex
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import click
import pytest
import yaml

PAGE = Path(__file__).parent.parent / "SCALING.md"
BASH = shutil.which("bash") or "bash"
CALLED = ("hostname", "python", "ray", "srun")
SLURM = {"SLURM_CPUS_PER_TASK": "64", "SLURM_JOB_NUM_NODES": "8"}


def blocks(kind: str) -> list[str]:
    """The page's blocks of code in one language."""
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def said(tmp_path: Path) -> str:
    """The command lines that the page's shell comes to, by stand-ins for all that it calls."""
    for program in CALLED:
        stand_in = tmp_path / program
        stand_in.write_text('#!/bin/sh\necho "${0##*/} $*"\n')
        stand_in.chmod(0o755)
    environment = {**SLURM, "PATH": str(tmp_path)}
    lines = []
    for block in blocks("sh"):
        done = subprocess.run(
            [BASH, "-eu"], input=block, env=environment, capture_output=True, text=True, check=True
        )
        lines.append(done.stdout)
    return "".join(lines)


def test_its_commands_have_the_options_that_it_gives(said: str) -> None:
    """Each ``python -m search.run``, wherever it stands, with what the shell makes of it."""
    text = "\n".join([said, *(str(yaml.safe_load(block)) for block in blocks("yaml"))])
    lines = re.findall(r"python -m (search\.\w+)([^#\"'|\n]*)", text.replace("', '", " "))
    assert len(lines) > 5
    for module, arguments in lines:
        (command,) = {
            each
            for each in vars(importlib.import_module(module)).values()
            if isinstance(each, click.Command)
        }
        command.make_context(module, shlex.split(arguments))


def test_a_job_of_slurm_ends_with_its_search() -> None:
    """Slurm signals all of a job's processes, and kills what is left once the script has ended: so
    the script becomes the search, which needs its time."""
    scripts = [block for block in blocks("sh") if "#SBATCH" in block]
    assert len(scripts) == 2
    for script in scripts:
        assert re.search(r"^exec python -m search\.run .*\Z", script, re.MULTILINE | re.DOTALL)


def test_a_job_on_several_nodes_counts_all_of_them(said: str) -> None:
    """Each of the others joins with its CPUs, and there is a worker for every CPU."""
    assert "srun --relative=1 --nodes=7 --ntasks=7 --cpus-per-task=64 ray start" in said
    assert "--workers 512 " in said


def test_the_database_comes_down_from_a_cloud() -> None:
    """``ray rsync-down`` leaves what ``ray up`` leaves; a pattern that names the folder does not
    match within it."""
    cluster = yaml.safe_load(blocks("yaml")[-1])
    (pattern,) = (each for each in cluster["rsync_exclude"] if ".db" in each)
    assert fnmatch("studies/neumf.db-wal", pattern)
    assert not fnmatch("neumf.db", pattern)
    assert any(" neumf-search/studies/ studies/" in block for block in blocks("sh"))


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
