"""Which embedding rows a step updates: all of them (dense), or those of its batch (lazy)."""

from __future__ import annotations

from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture

LAZY_FROM = 50_000


def updates_lazily(architecture: Architecture, configuration: Configuration) -> bool:
    """Whether a step updates only the embedding rows of its batch."""
    if configuration.update == "auto":
        return architecture.n_users + architecture.n_items >= LAZY_FROM
    return configuration.update == "lazy"
