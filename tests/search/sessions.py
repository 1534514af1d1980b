"""Sessions in this process, from search to model, as short as can be."""

from __future__ import annotations

from typing import Any

from search.options import Options
from search.session import run_study
from search.summary import Outcome
from tests.search.study_folder import StudyFolder


def session(study: StudyFolder, **options: Any) -> Outcome:
    """Two trials, one of which is confirmed with one fresh seed, and all that follows."""
    few: dict[str, Any] = {"trials": 2, "top": 1, "fresh_seeds": 1, "workers": 1, **options}
    return run_study(study.definition, Options(storage=study.storage, report=False, **few))
