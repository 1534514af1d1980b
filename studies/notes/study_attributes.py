"""A study's user attributes: what Optuna's dashboard lists of it beside its figures."""

from __future__ import annotations

import optuna

from studies.results.answer import answer
from studies.results.confirmation import confirm
from studies.results.standings import standings
from studies.results.study_result import StudyResult
from studies.storage import record


def study_attributes(study: StudyResult) -> dict[str, str]:
    """A line each, by name."""
    confirmation = confirm(study)
    about = study.data.get("description", [])
    return {
        record.ANSWER: answer(study, confirmation, standings(study, confirmation)).sentence,
        record.DATASET: about[0] if about else study.data["name"],
        record.PROTOCOL: protocol(study),
        record.RUN_AGAIN: f"python -m search.run {study.command}",
    }


def protocol(study: StudyResult) -> str:
    """``split leave-one-out, candidates 99``."""
    asked = study.definition.get("protocol", {})
    return ", ".join(f"{name} {value}" for name, value in asked.items() if value is not None)


def store_study_attributes(study: optuna.Study, attributes: dict[str, str]) -> None:
    """Replace those that have changed. Only the study's owner does."""
    before = study.user_attrs
    for name, value in attributes.items():
        if before.get(name) != value:
            study.set_user_attr(name, value)
