"""A configuration that was tried before: its trial gets the earlier one's result."""

from __future__ import annotations

from typing import Any

from optuna.trial import FrozenTrial, Trial

from neumf.declaration import Value
from studies.storage import facts, record

COPIES_AT_ONCE = 100
"""Copies that are made before somebody else is heard: they take about a second."""

OWN = (record.LABEL, record.RETRY_OF, record.CRASHES, record.WORKER)
"""What belongs to a trial and not to its configuration: a duplicate does not take it over."""

Key = tuple[tuple[str, Value], ...]


def key_of(params: dict[str, Any]) -> Key:
    """The same for the same configuration."""
    return tuple(sorted(params.items()))


def copied(original: FrozenTrial, trial: Trial) -> dict[str, Any]:
    """The attributes of ``trial``, a duplicate of ``original``."""
    kept = {name: value for name, value in facts.of_trial(original).items() if name not in OWN}
    return {**kept, **trial.user_attrs, record.DUPLICATE_OF: original.number}
