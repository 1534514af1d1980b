"""A small study whose search is done, and what its database says once it is confirmed."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from search.options import Options
from search.session import run_study
from search.summary import Outcome
from studies.storage.facts import PREFIX
from tests.search.study_folder import StudyFolder

FEW = ("--top", "2", "--seeds", "2")
"""Two of the best and the notebook, twice: six runs; then four on train and validation."""

OF_TIME = ("opened", "command", "versions")
"""Of a record, what differs between two that say the same."""


def confirm(study: StudyFolder, **options: Any) -> Outcome:
    """What ``python -m search.confirm`` does with FEW and one worker, without a new process."""
    few = {"top": 2, "fresh_seeds": 2, "workers": 1, **options}
    return run_study(
        study.definition, Options(storage=study.storage, search=False, report=False, **few)
    )


def attribute(study: StudyFolder, key: str, name: str = "blocks") -> Any:
    """What the study ``name`` keeps under ``key``; None if it keeps nothing."""
    rows = study.query(
        "SELECT value_json FROM study_system_attributes JOIN studies USING (study_id)"
        f" WHERE key = '{PREFIX}{key}' AND study_name = '{name}'"
    )
    return json.loads(rows[0][0]) if rows else None


def record(study: StudyFolder) -> dict[str, Any]:
    """What was found on the test split, without when and by what."""
    found: dict[str, Any] = attribute(study, "opening")
    assert found is not None, "the test split is sealed"
    return {key: value for key, value in found.items() if key not in OF_TIME}


def raw_record(study: StudyFolder) -> list[tuple[Any, ...]]:
    """Every byte."""
    return study.query(
        f"SELECT value_json FROM study_system_attributes WHERE key = '{PREFIX}opening'"
    )


def runs(study: StudyFolder) -> Counter[tuple[str, str]]:
    """Of every study in the database, trials by state; interrupted ones apart."""
    rows = study.query(
        "SELECT study_name, state, trial_id IN (SELECT trial_id FROM trial_user_attributes"
        " WHERE key = 'interrupted') FROM trials JOIN studies USING (study_id)"
    )
    return Counter((name, "INTERRUPTED" if lost else state) for name, state, lost in rows)


def measured_ranks(study: StudyFolder, name: str) -> list[tuple[Any, ...]]:
    """Of every run of the study ``name``: which it is, and how its model ranks."""
    by_trial: dict[int, dict[str, str]] = {}
    for kind in ("user", "system"):
        rows = study.query(
            f"SELECT trial_id, replace(key, '{PREFIX}', ''), value_json"
            f" FROM trial_{kind}_attributes JOIN trials USING (trial_id)"
            " JOIN studies USING (study_id)"
            f" WHERE study_name = '{name}' AND state = 'COMPLETE' AND replace(key, '{PREFIX}', '')"
            " IN ('of_trial', 'seed_number', 'catalogue_ranks', 'sampled_ranks')"
        )
        for trial, key, value in rows:
            by_trial.setdefault(trial, {})[key] = value
    return sorted(
        tuple(found[key] for key in sorted(found, reverse=True)) for found in by_trial.values()
    )
