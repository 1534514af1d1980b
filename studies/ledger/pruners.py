"""When a study prunes a trial: its definition's pruner as an Optuna pruner."""

from __future__ import annotations

from optuna.pruners import BasePruner, MedianPruner, NopPruner, PercentilePruner

from studies.definition.schema import Pruner
from studies.ledger.thinning import ThinnedPruner


def make_pruner(wanted: Pruner) -> BasePruner:
    """The pruner that a definition asks for."""
    if wanted.kind == "none":
        return NopPruner()
    warm_up = wanted.warmup_epochs + 1  # Optuna counts steps from 0
    if wanted.kind == "percentile":
        chosen: BasePruner = PercentilePruner(wanted.percentile, wanted.startup_trials, warm_up)
    else:
        chosen = MedianPruner(wanted.startup_trials, warm_up)
    return ThinnedPruner(chosen)
