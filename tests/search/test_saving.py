"""The chosen model's folder: whose model it holds, and whether that is the one measured."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from neumf.errors import UserError
from neumf.saved_model.folder import read_manifest
from tests.search.sessions import session
from tests.search.study_folder import StudyFolder, make_study_folder

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("signals_heard")]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """Not to be changed."""
    study = make_study_folder(tmp_path_factory.mktemp("opened"))
    session(study)
    return study


def test_no_study_replaces_the_model_of_another(opened: StudyFolder, tmp_path: Path) -> None:
    """It is refused before the search; one that was opened keeps its record, and saves elsewhere.
    A study's own model is in nobody's way, damaged or not."""
    study = opened.copy(tmp_path / "study")
    folder, before = study.model, study.finished()
    content = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(UserError, match="holds the model of the study 'blocks', so that of 'b'"):
        session(study, name="b", model=folder)
    assert study.finished() == before
    session(study, name="b")
    told = session(study, name="b", model=folder)
    assert told.problem is not None
    assert "holds the model of the study 'blocks'" in told.problem
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == content
    (folder / "model.safetensors").unlink()
    assert session(study).model == str(folder)
    assert {path.name for path in folder.iterdir()} == content.keys()


@pytest.mark.parametrize("another_machine", [False, True])
def test_whether_the_saved_model_is_the_measured_one_is_told(
    opened: StudyFolder, tmp_path: Path, another_machine: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a loss differs, to the person and in the folder; otherwise there alone."""
    study = opened.copy(tmp_path / "study")
    if another_machine:
        change_losses(study)
    shutil.rmtree(study.model)
    session(study)
    told = "the saved model is not to the last bit the one that was measured"
    assert (told in capsys.readouterr().err) == another_machine
    provenance = read_manifest(study.model).facts["provenance"]
    assert isinstance(provenance, dict)
    assert provenance["repeats"] is not another_machine


def change_losses(study: StudyFolder) -> None:
    """Of every run on the test split, the first epoch's by a digit."""
    with closing(sqlite3.connect(study.database)) as connection, connection:
        changed = connection.execute(
            "UPDATE trial_system_attributes"
            " SET value_json = replace(value_json, '[', '[1')"
            " WHERE key LIKE '%losses%' AND trial_id IN"
            " (SELECT trial_id FROM trials JOIN studies USING (study_id)"
            " WHERE study_name = 'blocks/test')"
        )
        assert changed.rowcount
