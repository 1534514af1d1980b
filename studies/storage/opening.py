"""The record of the test split's opening: written once."""

from __future__ import annotations

import optuna
from optuna.storages import BaseStorage

from studies.results.opening import Opening
from studies.storage import facts, record


def store_opening(storage: BaseStorage, study: str, opening: Opening) -> None:
    """Write the record, which is final. Only the study's owner does."""
    stored = optuna.load_study(study_name=study, storage=storage)
    assert record.OPENING not in facts.of_study(stored), "the test split is opened once"
    facts.store_unshown(stored, record.OPENING, opening.as_attribute())
