"""The test split's opening as a study keeps it: what was planned, then what came of it."""

from __future__ import annotations

import optuna
from optuna.storages import BaseStorage

from studies.results.opening import Opening, Plan
from studies.storage import facts, record


def store_plan(storage: BaseStorage, study: str, plan: Plan) -> None:
    """Write what is going to be evaluated, which is final. Only the study's owner does."""
    _store(storage, study, record.OPENING_PLAN, plan)


def store_opening(storage: BaseStorage, study: str, opening: Opening) -> None:
    """Write the record, which is final. Only the study's owner does."""
    _store(storage, study, record.OPENING, opening)


def _store(storage: BaseStorage, study: str, name: str, what: Plan) -> None:
    stored = optuna.load_study(study_name=study, storage=storage)
    assert name not in facts.of_study(stored), "the test split is opened once"
    facts.store_unshown(stored, name, what.as_attribute())
