"""How a model came about, in JSON: for the person who finds the folder later."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from neumf.data.interactions import Interactions
from neumf.data.movielens import CATALOGUE
from neumf.hyperparameters import Configuration
from neumf.protocol.evaluation_protocol import EvaluationProtocol

OWN_DATA = "the terms of the data it was trained on"


def describe(
    interactions: Interactions,
    protocol: EvaluationProtocol,
    configuration: Configuration,
    *,
    trained_on: str,
    metrics: dict[str, Any],
    provenance: dict[str, Any],
) -> dict[str, Any]:
    """The facts of a model.

    Args:
        interactions: the data, told by their name, size and fingerprint.
        protocol: how the metrics were measured.
        configuration: a value for every hyperparameter.
        trained_on: which part of the data, in words.
        metrics: part of the split to metrics: ``{"validation": {"nDCG@10": 0.42}}``, or for each
            metric ``{"mean": ..., "low": ..., "high": ...}``.
        provenance: seeds, epoch, engine, and the study and trial if there is one. The time and the
            versions are added.
    """
    dataset = CATALOGUE.get(interactions.name)
    return {
        "data": {
            "name": interactions.name,
            "users": interactions.n_users,
            "items": interactions.n_items,
            "interactions": len(interactions),
            "fingerprint": interactions.fingerprint(),
            "terms": dataset.licence if dataset else OWN_DATA,
        },
        "trained_on": trained_on,
        "protocol": protocol.model_dump(),
        "configuration": configuration.asdict(),
        "metrics": metrics,
        "provenance": provenance
        | {
            "saved": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("neumf-search", "numpy", "numba", "torch")},
            },
        },
    }
