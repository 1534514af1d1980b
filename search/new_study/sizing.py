"""A study's protocol, search space and budget, sized to the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from neumf.data.interactions import Interactions
from neumf.declaration import Value
from neumf.hyperparameters import CHOSEN
from neumf.protocol.split import LEAST_HISTORY
from studies.definition.loading import load, parse
from studies.definition.schema import Definition
from studies.definition.space import Choices, Range

TRIALS = 100
USUAL_CANDIDATES = 99
FEWEST_CANDIDATES = 20
"""With fewer, the catalogue is ranked whole: sampling it would leave next to nothing to rank."""

_SHORT_SHARE = 0.05
"""Share of the users that may have short lists."""

_WARM_UP = 4 / 30
"""Epochs before the pruner's first verdict, as a share of all: the default study's."""


@dataclass(frozen=True)
class Scale:
    """What suits data of up to a number of interactions.

    The third row is the default study's, chosen by measurement on MovieLens-100K, but for weight
    decay, which the default study does without. The others follow from it: little data overfits
    wide models, trains fast and needs many epochs of small steps and more decay; much data pays for
    every epoch, negative and factor in minutes.
    """

    below: float
    factors: int
    mlp_width: int
    negatives: int
    batch_sizes: tuple[int, ...]
    weight_decay: float
    epochs: int
    patience: int
    gmf_copies: int
    gmf_epochs: int


SCALES = (
    Scale(10_000, 32, 32, 8, (64, 128, 256), 1e-4, 60, 10, 4, 32),
    Scale(50_000, 64, 64, 8, (128, 256, 512), 1e-4, 40, 6, 4, 32),
    Scale(300_000, 64, 64, 10, (256, 512, 1024), 1e-5, 30, 5, 4, 32),
    Scale(3_000_000, 64, 32, 6, (512, 1024, 2048), 1e-5, 20, 4, 4, 32),
    Scale(math.inf, 32, 32, 4, (1024, 2048, 4096), 1e-6, 12, 3, 1, 12),
)


def sized(name: str, data: dict[str, Any], interactions: Interactions) -> Definition:
    """A study called ``name`` of ``interactions``, which the table ``data`` leads to.

    Raises:
        UserError: the table is illegal.
    """
    scale = next(scale for scale in SCALES if len(interactions) < scale.below)
    raw: dict[str, Any] = {
        "name": name,
        "description": f"NeuMF on {interactions.name}",
        "data": data,
        "protocol": {
            "split": "leave-one-out" if long_histories(interactions) else "ratio",
            "candidates": candidates(interactions),
        },
        "space": _space(scale, interactions),
        "branches": [_join(scale)],
        "limits": {"mlp_width": scale.mlp_width},
        "fixed": {"epochs": scale.epochs, "patience": scale.patience},
        "search": {
            "trials": TRIALS,
            "pruner": {"startup_trials": 10, "warmup_epochs": round(scale.epochs * _WARM_UP)},
        },
    }
    raw["starting_points"] = _starting_points(parse(raw, name))
    return parse(raw, name)


def long_histories(interactions: Interactions) -> int:
    """Users from whom leave-one-out can hold out."""
    return int((interactions.histories >= LEAST_HISTORY).sum())


def candidates(interactions: Interactions) -> int | Literal["all"]:
    """99 as is usual, or as many as nearly all users have unseen items, or the catalogue."""
    counts = interactions.histories
    counts = counts[counts >= LEAST_HISTORY] if long_histories(interactions) else counts
    unseen = int(np.quantile(interactions.n_items - counts, _SHORT_SHARE))
    return min(unseen, USUAL_CANDIDATES) if unseen >= FEWEST_CANDIDATES else "all"


def _space(scale: Scale, interactions: Interactions) -> dict[str, dict[str, Any]]:
    fewest = min(interactions.n_users, interactions.n_items)
    factors = min(scale.factors, max(16, fewest // 16 * 8))  # half of a table's rows span it
    negatives = min(scale.negatives, max(2, interactions.n_items // 8))
    return {
        "alpha": {"choices": [CHOSEN, 0.0]},
        "predictive_factors": {"low": 8, "high": factors, "step": 8},
        "mlp_layers": {"low": 1, "high": 3},
        "dropout": {"low": 0.0, "high": 0.6},
        "lr": {"low": 1e-4, "high": 1e-2, "log": True},
        "negative_ratio": {"low": 1, "high": negatives},
        "weight_decay": {"low": 1e-8, "high": scale.weight_decay, "log": True},
        "batch_size": {"choices": list(scale.batch_sizes)},
    }


def _join(scale: Scale) -> dict[str, Any]:
    """The GMF that is joined. The sparser the data, the more l2 it may need; few values, so that
    trials share GMFs."""
    return {
        "name": "join",
        "when": {"alpha": CHOSEN},
        "space": {"pretrained_l2": {"choices": [0.002, 0.004, 0.008, 0.016, 0.032]}},
        "fixed": {"pretrained_copies": scale.gmf_copies, "pretrained_epochs": scale.gmf_epochs},
    }


def _starting_points(definition: Definition) -> list[dict[str, Any]]:
    """The default study's, each moved to the nearest configuration of this space."""
    points: dict[str, dict[str, Value]] = {}
    default = load("ml-100k")
    for point in default.starting_points:
        whole = default.configuration(default.params(point.configuration)).asdict()
        nearest = {name: _nearest(entry, whole[name]) for name, entry in definition.space.items()}
        fitted = definition.within_limits(nearest)
        if fitted not in points.values():
            points[point.name] = fitted
    return [{"name": name, "configuration": fitted} for name, fitted in points.items()]


def _nearest(entry: Range | Choices, value: Value) -> Value:
    assert not isinstance(value, str)
    if isinstance(entry, Choices):
        return min(entry.choices, key=lambda choice: abs(float(choice) - value))
    clipped = min(max(value, entry.low), entry.high)
    if entry.step is None:
        return clipped
    return entry.low + round((clipped - entry.low) / entry.step) * entry.step
