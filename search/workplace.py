"""Where a session's workers run: on this machine, or on a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from neumf.saying import say
from search.cluster.demand import Demand, in_bytes
from search.options import Options
from search.workers.count import GPUS, default_workers
from search.workers.interface import Keeping, Workplace
from search.workers.processes import ProcessPool


@dataclass(frozen=True)
class ThisMachine:
    """Processes beside the coordinator."""

    options: Options

    @property
    def workers(self) -> int:
        return self.options.workers or default_workers(self.options.device)

    def pool(self, size: int, folder: Path, keeping: Keeping) -> ProcessPool:
        return ProcessPool(size, folder, self.options.engine, self.options.device, keeping)


@contextmanager
def workplace(options: Options, console: Console) -> Iterator[Workplace]:
    """What ``options`` ask for; a cluster is left at the end.

    Raises:
        UserError: the cluster cannot be reached, or has no room for a trial.
    """
    if options.ray is None:
        yield ThisMachine(options)
        return
    from search.cluster.pool import Cluster

    cluster = Cluster(
        options.ray,
        _demand(options),
        options.engine,
        options.device,
        options.workers,
        partial(say, console),
    )
    try:
        say(console, f"Ray cluster at {options.ray}: {cluster.workers} workers")
        yield cluster
    finally:
        cluster.close()


def _demand(options: Options) -> Demand:
    gpus = 1.0 if options.device in GPUS else 0.0
    return Demand(
        cpus=1.0 if options.cpus_per_trial is None else options.cpus_per_trial,
        gpus=gpus if options.gpus_per_trial is None else options.gpus_per_trial,
        memory=0 if options.memory_per_trial is None else in_bytes(options.memory_per_trial),
    )
