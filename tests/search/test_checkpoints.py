"""Where checkpoints are kept, and who removes those that no run has taken up."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from search.checkpoints import checkpoints_folder
from search.options import Options
from studies.storage.url import POSTGRES
from tests.search.sessions import session
from tests.search.study_folder import make_study_folder

LAST_RUN = """
INSERT INTO trial_user_attributes (trial_id, key, value_json)
SELECT max(trial_id), 'interrupted', 'true' FROM trials JOIN studies USING (study_id)
WHERE study_name = 'blocks/confirm'
"""
RECORD = "DELETE FROM study_system_attributes WHERE key = 'neumf:opening'"


@pytest.mark.slow
@pytest.mark.usefixtures("signals_heard")
def test_what_an_interrupted_run_has_left_waits_for_it(tmp_path: Path) -> None:
    """A session that was not to confirm, to open or to compare the halves leaves the checkpoints of
    what of these is half done; one after which nothing is left to be done removes what there is."""
    study = make_study_folder(tmp_path)
    left = tmp_path / "results.db-checkpoints" / "blocks" / "left.neumf-checkpoint"

    def forget(what: str) -> None:
        """As if it had not been done yet, but begun, and had left a checkpoint."""
        with closing(sqlite3.connect(study.database)) as database, database:
            assert database.execute(what).rowcount == 1
        left.parent.mkdir(parents=True)
        left.touch()

    session(study, confirm=False)
    assert not left.parent.parent.exists(), "a folder that is empty"
    session(study, open=False)
    forget(LAST_RUN)
    session(study, confirm=False)
    assert left.exists(), "of a run that confirms"
    session(study, twins=1, timeout=1e-9)
    session(study)
    assert left.exists(), "of a half"
    session(study, twins=1)
    assert not left.parent.parent.exists()
    forget(RECORD)
    session(study, confirm=False)
    assert left.exists(), "of a run on train and validation"
    session(study)
    assert not left.parent.parent.exists()


@pytest.mark.parametrize("folder", [Path("kept"), None])
@pytest.mark.parametrize(
    ("one", "same", "another"),
    [
        ("sqlite:///a.db", "sqlite:///./a.db", "sqlite:///b.db"),
        (f"{POSTGRES}me:1@host/a", f"{POSTGRES}me:2@host/a", f"{POSTGRES}me:1@host/b"),
    ],
)
def test_no_two_databases_share_a_folder(
    folder: Path | None, one: str, same: str, another: str
) -> None:
    """Whose studies have the same name; the first to end would remove the other's."""
    places = [
        checkpoints_folder(Options(storage=storage, checkpoints=folder), "ml-100k")
        for storage in (one, same, another)
    ]
    assert places[0] == places[1] != places[2]
    assert all(place is not None and place.name.startswith("ml-100k") for place in places)
