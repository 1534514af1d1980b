"""The test split's opening as a study keeps it: what was planned, what came of it, and what the
model recommends that was saved then."""

from __future__ import annotations

import optuna
from optuna.storages import BaseStorage

from studies.results.behaviour import Recommended
from studies.results.opening import Opening, Plan
from studies.storage import facts, record


def store_plan(storage: BaseStorage, study: str, plan: Plan) -> None:
    """Write what is going to be evaluated, which is final. Only the study's owner does."""
    _store(storage, study, record.OPENING_PLAN, plan)


def store_opening(storage: BaseStorage, study: str, opening: Opening) -> None:
    """Write the record, which is final. Only the study's owner does."""
    _store(storage, study, record.OPENING, opening)


def store_recommended(storage: BaseStorage, study: str, recommended: Recommended) -> None:
    """Write what the saved model recommends, which is final. Only the study's owner does."""
    _store(storage, study, record.RECOMMENDED, recommended)


def _store(storage: BaseStorage, study: str, name: str, what: Plan | Recommended) -> None:
    stored = optuna.load_study(study_name=study, storage=storage)
    assert name not in facts.of_study(stored), "the test split is opened once"
    facts.store_unshown(stored, name, what.as_attribute())
