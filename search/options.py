"""The options of ``search.run``, checked before anything is loaded."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neumf.cli import data_flags
from neumf.errors import UserError, require_text
from search.cluster.demand import check_cluster

MOST_WORKERS = 1024

LEAST_SEEDS = 2
"""From one seed there is no telling what another would have done."""

CHECKPOINT_SECONDS = 60.0
"""What an interruption may cost a trial, beside the epoch that it falls in. Shorter trials have no
checkpoint, and pay nothing."""

MOST_SEEDS = 1000
"""Far beyond what a comparison needs: more is a mistyped number."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """None: as the study's definition has it or, for ``workers``, as the machine suggests."""

    storage: str
    trials: int | None = None
    timeout: float | None = None
    workers: int | None = None
    ray: str | None = None  # the address of a cluster; None: this machine
    cpus_per_trial: float | None = None  # reserved on the cluster; and so on
    gpus_per_trial: float | None = None
    memory_per_trial: str | None = None
    seed: int | None = None
    data: str | None = None
    name: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)  # of [data]: columns, min_rating
    epochs: int | None = None
    engine: str = "auto"
    device: str = "auto"
    report: bool = True
    audit: int = 0
    twins: int = 0  # fresh seeds
    search: bool = True  # for new trials; False: only what follows a search
    confirm: bool = True
    top: int = 5  # configurations to confirm
    fresh_seeds: int = 5  # to confirm them with
    open: bool = True  # the test split, when confirming has chosen
    checkpoints: Path | None = None  # the folder to keep them in; None: see search.checkpoints
    checkpoint_every: float = CHECKPOINT_SECONDS
    model: Path | None = None  # the folder to save it in; None: beside the database

    def check(self) -> None:
        """Raises UserError: a number that makes no sense, or a name that is not text."""
        require_text({"--data": self.data, "--name": self.name, **data_flags(self.overrides)})
        at_least_one = {"--trials": self.trials, "--workers": self.workers, "--epochs": self.epochs}
        for flag, value in at_least_one.items():
            if value is not None and value < 1:
                raise UserError(f"{flag} {value}: must be at least 1")
        if self.workers is not None and self.workers > MOST_WORKERS:
            raise UserError(f"--workers {self.workers}: must be at most {MOST_WORKERS}")
        check_cluster(self.ray, self.reservation)
        if self.audit < 0:
            raise UserError(f"--audit {self.audit}: must be 0 or more")
        if not 0 <= self.twins <= MOST_SEEDS:
            raise UserError(f"--twins {self.twins}: must be 0 to {MOST_SEEDS} seeds")
        if self.top < 1:
            raise UserError(f"--top {self.top}: must be at least 1")
        if not LEAST_SEEDS <= self.fresh_seeds <= MOST_SEEDS:
            raise UserError(f"--seeds {self.fresh_seeds}: must be {LEAST_SEEDS} to {MOST_SEEDS}")
        if self.timeout is not None and not self.timeout > 0:
            raise UserError(f"--timeout {self.timeout}: must be more than 0 seconds")
        self._check_checkpoints()

    def _check_checkpoints(self) -> None:
        if not self.checkpoint_every >= 0:
            raise UserError(f"--checkpoint-every {self.checkpoint_every:g}: must be 0 or more")
        if self.checkpoints is not None and self.checkpoints.is_file():
            raise UserError(f"--checkpoints {self.checkpoints}: is a file; name a folder")

    @property
    def reservation(self) -> dict[str, float | str | None]:
        """What is reserved on the cluster for a trial, by its flag."""
        return {
            "--cpus-per-trial": self.cpus_per_trial,
            "--gpus-per-trial": self.gpus_per_trial,
            "--memory-per-trial": self.memory_per_trial,
        }

    def command(self, study: str) -> str:
        """The arguments of ``search.run`` that make the same study."""
        given = {"--data": self.data, "--name": self.name, **data_flags(self.overrides)}
        given |= {"--seed": self.seed, "--epochs": self.epochs}
        pairs = [(flag, str(value)) for flag, value in given.items() if value is not None]
        return shlex.join([study, *(word for pair in pairs for word in pair)])
