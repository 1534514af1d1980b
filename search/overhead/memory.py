"""What processes hold in memory; of pages that several share, each has its share (PSS)."""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from search.overhead.figures import Held

WORKER = "worker"


def here() -> Held:
    """The children of this process: workers, or the bridge to a cluster."""
    children = multiprocessing.active_children()
    return _held((child.name.split("-")[0], psutil.Process(child.pid)) for child in children)


def of_node(root: psutil.Process) -> Held:
    """Those of the Ray node that ``root``, its ``ray start``, has started: ours and Ray's."""
    rest = ((kind_of(process), process) for process in root.children(recursive=True))
    return _held([("ray start", root), *rest])


def kind_of(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess):
        words = process.cmdline()
        title = " ".join(words)
        if title.startswith("ray::"):  # and after a dot what it is at
            name = title.removeprefix("ray::").split(".")[0].strip()
            return WORKER if name == "ClusterWorker" else name
        scripts = [Path(word).stem for word in words if word.endswith(".py")]
        return scripts[0] if scripts else process.name()
    return "ended"


def _held(processes: Iterable[tuple[str, psutil.Process]]) -> Held:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for kind, process in processes:
        with suppress(psutil.NoSuchProcess, AttributeError):  # only Linux has it
            found[kind].append(process.memory_full_info().pss)
    return dict(found)
