"""Baselines as a study keeps them: tuned once on its validation lists, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import optuna
from optuna.storages import BaseStorage

from neumf.baselines.baseline import Baseline
from neumf.baselines.tuning import Tried, Tuned
from studies.storage import record
from studies.storage.facts import of_study, store_unshown
from studies.storage.packed import pack_measurement


def store_tried(
    storage: BaseStorage, study: str, baseline: Baseline, tried: Sequence[Tried]
) -> None:
    """Keep the points of a baseline's grid that were tried up to now, in place of what was kept."""
    stored = optuna.load_study(study_name=study, storage=storage)
    points = [asdict(point) for point in tried]
    kept = {"name": baseline.name, "versions": record.versions(), "points": points}
    store_unshown(stored, record.TRIED, kept)


def read_tried(storage: BaseStorage, study: str, baseline: Baseline) -> tuple[Tried, ...]:
    """What is kept of a baseline's grid: its first points; none if other versions or another
    processor found it, whose numbers need not be these."""
    stored = optuna.load_study(study_name=study, storage=storage)
    kept = of_study(stored).get(record.TRIED, {})
    if (kept.get("name"), kept.get("versions")) != (baseline.name, record.versions()):
        return ()
    tried = tuple(Tried(**point) for point in kept["points"])
    is_first = [point.hyperparameters for point in tried] == [*baseline.grid[: len(tried)]]
    return tried if is_first else ()


def store_tuned(storage: BaseStorage, study: str, baseline: Baseline, tuned: Tuned) -> None:
    """Add a baseline at its best on validation. Only the study's owner does."""
    facts = {
        "hyperparameters": dict(tuned.hyperparameters),
        "tried": len(tuned.tried),
        "seconds": tuned.seconds,
        "finished": datetime.now().isoformat(),  # noqa: DTZ005 - as Optuna stores its trials' times
        **pack_measurement(tuned.measurement),
    }
    _store(storage, study, baseline, facts)


def store_refusal(storage: BaseStorage, study: str, baseline: Baseline, refusal: str) -> None:
    """Add a baseline that is not made for data of this size."""
    facts = {"hyperparameters": {}, "tried": 0, "seconds": 0.0, "refusal": refusal}
    _store(storage, study, baseline, facts)


def _store(storage: BaseStorage, study: str, baseline: Baseline, facts: dict[str, Any]) -> None:
    stored = optuna.load_study(study_name=study, storage=storage)
    before = of_study(stored).get(record.BASELINES, [])
    facts = {"name": baseline.name, "label": baseline.label, **facts}
    store_unshown(stored, record.BASELINES, [*before, facts])
