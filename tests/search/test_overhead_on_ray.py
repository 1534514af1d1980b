"""What Ray costs, measured on a real cluster of one node."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from search.overhead.figures import LONG, SHORT
from tests.search.test_deaths import until
from tests.search.test_overhead import table

pytest.importorskip("ray", reason="needs the extra: pip install 'neumf-search[cluster]'")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.timeout(600),  # it may have to compile
]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def real(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The command with the least that it can do, with a folder of its own for temporary files."""
    (tmp_path / "tmp").mkdir()
    least = ("--workers=1", "--trials=3", "--turns=1", f"--output={tmp_path / 'PAGE.md'}")
    process = subprocess.Popen(
        [sys.executable, "-m", "search.overhead", *least],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp"), "RAY_AUTH_TOKEN": "of another cluster"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_it_measures_on_a_real_cluster(real: subprocess.Popen[str], tmp_path: Path) -> None:
    """Every figure is there, and no file is left."""
    _, errors = real.communicate(timeout=500)
    assert real.returncode == 0, errors
    rows = table((tmp_path / "PAGE.md").read_text())
    for what in (
        "s until all workers are ready",
        f"ms a trial of {SHORT} epochs",
        f"ms a trial of {LONG} epochs",
        "ms of that for training",
    ):
        local, ray = map(float, rows[what][:2])
        assert local > 0
        assert ray > 0
    assert {"raylet", "gcs_server", "bridge", "ray start"} <= rows.keys()
    if sys.platform == "linux":
        assert all(float(size) > 10 for size in rows["a worker"])
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.usefixtures("signals_heard")
def test_an_interrupt_ends_the_cluster_too(real: subprocess.Popen[str], tmp_path: Path) -> None:
    """While Ray starts: none of its processes outlives the command, and nothing is written."""

    def family() -> list[psutil.Process]:
        return psutil.Process(real.pid).children(recursive=True)

    def is_starting() -> bool:
        return any(process.name() == "gcs_server" for process in family())

    until(is_starting, real)
    there = family()
    real.terminate()
    _, errors = real.communicate(timeout=100)
    assert real.returncode == 130, errors
    assert "Traceback" not in errors
    _, alive = psutil.wait_procs(there, timeout=30)
    assert not alive
    assert not (tmp_path / "PAGE.md").exists()
