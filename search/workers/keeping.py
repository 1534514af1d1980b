"""Where a worker keeps what it has of a long trial, and takes up what an earlier one has left."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from neumf.model.parameters import Parameters
from neumf.protocol.problem import Problem
from neumf.training.checkpoints import Checkpoints
from neumf.training.engines.selection import resolve
from neumf.training.loop import Epoch
from neumf.training.state import State, pack_parameters, unpack_parameters
from search.host import Host
from search.workers.interface import Keeping
from studies.ledger.job import EpochResult, Job

SHARED = "checkpoints"
"""Where, in the folder that workers share, checkpoints are kept if no other place is named."""

NO_MATTER = ("number", "label")
"""What of a job does not decide its result."""


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a trial had come."""

    epochs: Sequence[EpochResult] = ()
    counts: Parameters | None = None  # of the epoch that counts, if the job asks for its model
    state: State | None = None  # None: nothing is kept, it starts at the beginning


class Keeper:
    """Keeps the trials of a worker that trains on ``problem``."""

    def __init__(
        self, keeping: Keeping, shared: Path, problem: Problem, engine: str, device: str
    ) -> None:
        self._folder = keeping.folder or shared / SHARED
        self._seconds = keeping.seconds
        self._made_by = cache(lambda: made_by(problem, engine, device))
        self._last = Checkpoints()  # of the trial before

    def checkpoints(self, say: Callable[[str], None]) -> Checkpoints:
        """For one trial, which has begun."""
        return Checkpoints(self._folder, self._seconds, self._made_by, say)

    def ended(self, checkpoints: Checkpoints, *, has_result: bool) -> None:
        """The trial that they are of is over. Its result is told and not yet stored: should it be
        lost on its way, they serve. By the end of the next trial it has long been stored."""
        self._last.clear()
        self._last = checkpoints
        if not has_result:
            checkpoints.clear()


def take(checkpoints: Checkpoints, job: Job) -> Progress:
    """What is kept of ``job``."""
    state = checkpoints.take(_key(job))
    if state is None:
        return Progress()
    epochs = [EpochResult(**each) for each in state.facts["epochs"]]
    counts = unpack_parameters(state.part("counts")) if state.has("counts") else None
    return Progress(epochs, counts, state.part("run"))


def save(
    checkpoints: Checkpoints,
    job: Job,
    epochs: Sequence[EpochResult],
    counts: Parameters | None,
    epoch: Epoch,
) -> None:
    """Keep the run of ``job`` after ``epoch``, the last of ``epochs``."""
    state = State.of(
        {"epochs": [asdict(each) for each in epochs]},
        run=epoch.state(),
        counts=None if counts is None else pack_parameters(counts),
    )
    checkpoints.save(_key(job), state)


def _key(job: Job) -> str:
    what = {name: value for name, value in asdict(job).items() if name not in NO_MATTER}
    return json.dumps(what)


def made_by(problem: Problem, engine: str, device: str) -> dict[str, str]:
    """What decides a job's result beside the job."""
    engine, device = resolve(engine, device)
    host = Host.here()
    makers = {
        "data": problem.fingerprint(),
        "engine": engine,
        "device": device,
        "processor": host.processor,
        **host.versions,
    }
    if engine == "torch":
        makers |= {"torch": importlib.metadata.version("torch"), "device": _name_of(device)}
    return makers


def _name_of(device: str) -> str:
    """Two kinds of GPU compute differently."""
    import torch

    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device
