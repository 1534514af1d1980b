"""What is stored with a trial and with a study beside Optuna's own columns, named once."""

from __future__ import annotations

import importlib.metadata
import platform
from dataclasses import dataclass, field
from typing import Any

from neumf.hyperparameters import Value
from neumf.interactions import Interactions
from neumf.metrics import METRICS

# of a study
DEFINITION = "definition"
DATA = "data"
VERSIONS = "versions"
COMMAND = "command"  # arguments of search.run that make this study
SESSIONS = "sessions"
AUDIT = "audit"  # pruned trials trained to their end: number, value, epochs

# of a trial
LABEL = "label"
REASON = "reason"
INTERRUPTED = "interrupted"  # true: lost to a killed process or Ctrl-C, not counted, queued again
RETRY_OF = "retry_of"
QUEUED = "queued"  # the setting of a queued trial, whole before the first of it is read
CRASHES = "crashes"
DUPLICATE_OF = "duplicate_of"


@dataclass(frozen=True)
class EpochResult:
    """One epoch of a trial, as a worker reports it."""

    number: int  # from 1
    loss: float
    metrics: dict[str, float]
    best_epoch: int  # so far
    best_value: float  # so far: the trial's value if it ended here
    samples: int
    seconds: float  # training and evaluation
    parameters: int
    engine: str
    update: str = "dense"  # which embedding rows a step updated: dense (all) or lazy


@dataclass
class RunningTrial:
    """What has been heard of a trial so far."""

    setting: dict[str, Value]
    seed: int
    label: str | None = None
    epochs: list[EpochResult] = field(default_factory=list)

    @property
    def value(self) -> float:
        return self.epochs[-1].best_value

    def attributes(self) -> dict[str, Any]:
        """To be stored with the trial: every metric at the best epoch, cost, provenance."""
        facts: dict[str, Any] = {"hyperparameters": self.setting, "seed": self.seed}
        if not self.epochs:
            return facts
        last = self.epochs[-1]
        seconds = sum(epoch.seconds for epoch in self.epochs)
        return {
            **facts,
            **self.epochs[last.best_epoch - 1].metrics,
            "best_epoch": last.best_epoch,
            "epochs": last.number,
            "seconds": round(seconds, 3),
            "samples_per_second": round(sum(e.samples for e in self.epochs) / max(seconds, 1e-9)),
            "parameters": last.parameters,
            "engine": last.engine,
            "update": last.update,
            "losses": [epoch.loss for epoch in self.epochs],
        }


def stored_metrics(attributes: dict[str, Any]) -> dict[str, float]:
    """The metrics among a trial's attributes."""
    return {name: attributes[name] for name in METRICS if name in attributes}


def describe_data(interactions: Interactions, lines: tuple[str, ...]) -> dict[str, Any]:
    """What a study keeps of its data: enough to refuse other data, nothing of anybody's rows."""
    return {
        "name": interactions.name,
        "users": interactions.n_users,
        "items": interactions.n_items,
        "interactions": len(interactions),
        "fingerprint": interactions.fingerprint(),
        "description": list(lines),
    }


def versions() -> dict[str, str]:
    """Versions of what computes the numbers, and the host's system and processor."""
    packages = ("neumf-search", "numpy", "numba", "scipy", "torch", "optuna")
    return {
        **{name: importlib.metadata.version(name) for name in packages},
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.machine(),
    }
