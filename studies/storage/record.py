"""What is stored with a trial and with a study beside Optuna's own columns, named once."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import Any

from neumf.data.interactions import Interactions
from neumf.evaluation.metrics import METRICS

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
QUEUED = "queued"  # the configuration of a queued trial, whole before the first of it is read
CRASHES = "crashes"
DUPLICATE_OF = "duplicate_of"


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
