"""Where checkpoints are kept, and who removes those that no run has taken up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from search.options import Options
from search.session import run_study
from tests.search.study_folder import make_study_folder


@pytest.mark.slow
@pytest.mark.usefixtures("signals_heard")
def test_what_an_interrupted_run_has_left_waits_for_it(tmp_path: Path) -> None:
    """A session that was not to confirm, to open or to compare the halves leaves their checkpoints
    alone; one after which nothing is left to be done removes what there is."""
    study = make_study_folder(tmp_path)
    left = tmp_path / "results.db-checkpoints" / "blocks" / "left.neumf-checkpoint"

    def session(**options: Any) -> None:
        few: dict[str, Any] = {"trials": 2, "top": 1, "fresh_seeds": 1, "workers": 1, **options}
        run_study(study.definition, Options(storage=study.storage, report=False, **few))

    session(confirm=False)
    assert not left.parent.parent.exists(), "a folder that is empty"
    left.parent.mkdir(parents=True)
    left.touch()
    session(confirm=False)
    assert left.exists(), "of a run that confirms"
    session(open=False)
    assert left.exists(), "of a run on train and validation"
    session(twins=1, timeout=1e-9)
    session()
    assert left.exists(), "of a half"
    session(twins=1)
    assert not left.parent.parent.exists()
