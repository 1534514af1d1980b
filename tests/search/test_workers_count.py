"""How many workers a search has by default."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from search.workers.count import default_workers

COUNT = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from search.workers.count import default_workers
print(default_workers("auto"))
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_an_affinity_mask_counts() -> None:
    """As taskset and job schedulers set it: a process bound to one CPU has one worker."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", COUNT], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has cgroups")
@pytest.mark.parametrize(("quota", "workers"), [("200000 100000", 2), ("150000 100000", 2)])
def test_a_container_quota_counts(
    monkeypatch: pytest.MonkeyPatch, quota: str, workers: int
) -> None:
    """Two CPUs of a machine with 64: two workers, not 64. A part of a CPU is one."""
    from loky.backend import context

    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    monkeypatch.setattr(context.os.path, "exists", lambda path: "cpu.max" in str(path))
    monkeypatch.setattr(context, "open", lambda _: io.StringIO(quota), raising=False)
    assert default_workers("auto") == workers


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_gpu_has_one_worker(device: str) -> None:
    assert default_workers(device) == 1
