"""From a search to a model, as a person runs it: confirming, baselines, the opening, the folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

import neumf
from neumf.baselines.catalogue import BASELINES
from neumf.data.loading import load as load_interactions
from neumf.errors import UserError
from neumf.evaluation.measurement import measure_model
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.evaluation_protocol import split_interactions
from neumf.protocol.opening import open_test
from neumf.saved_model.folder import read as read_model
from search.options import Options
from search.session import run_study
from studies.definition.loading import load as load_definition
from studies.results.measured_readback import read_runs
from studies.storage.database import names, open_storage
from tests.search.confirmed import (
    FEW,
    attribute,
    confirm,
    measured_ranks,
    raw_record,
    record,
    runs,
)
from tests.search.study_folder import StudyFolder, make_study_folder

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("signals_heard")]

CONFIRMED, TESTED = ("blocks/confirm", "COMPLETE"), ("blocks/test", "COMPLETE")


def summary(study: StudyFolder) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((study.folder / "summary.json").read_text())
    return found


def test_a_search_is_followed_by_all_the_rest(tmp_path: Path) -> None:
    """With one command: the runs, the baselines, the record, the model, one sentence; the search's
    own trials are as they were without it."""
    study = make_study_folder(tmp_path)
    told = json.loads(study.run("--confirm", "--json", "--workers", "2").stdout.splitlines()[-1])
    states = runs(study)
    contenders = len(told["confirmed"])
    assert states[CONFIRMED] == 5 * contenders
    assert states[TESTED] == 5 * len({told["chosen"], 0})
    assert sum(n for (name, _), n in states.items() if name == "blocks") == told["added"] == 6
    assert {state for _, state in states} <= {"COMPLETE", "PRUNED"}
    assert told["verdict"] in ("ahead", "behind", "level")
    assert set(told["test"]) == {"neumf", "notebook", *BASELINES}
    assert told["model"] == str(study.model)
    again = study.run("--confirm")
    assert "nothing to add" in again.stdout
    assert "answer     on test, opened once, the chosen NeuMF" in again.stdout
    assert runs(study) == states


def test_a_confirmed_study_says_what_it_found(opened: StudyFolder) -> None:
    """Summary and storage agree; the side studies are there for Optuna, and hidden here."""
    told = summary(opened)
    states = runs(opened)
    assert (states[CONFIRMED], states[TESTED]) == (2 * len(told["confirmed"]), 4)
    stored = record(opened)
    assert told["chosen"] == stored["contestants"][0]["trial"]
    assert (
        told["test"]["neumf"]["expected nDCG@10"]["mean"]
        == (stored["models"][0]["estimates"]["expected"]["nDCG@10"]["mean"])
    )
    assert names(opened.storage) == ["blocks"]
    assert {name for (name,) in opened.query("SELECT study_name FROM studies")} == {
        "blocks",
        "blocks/confirm",
        "blocks/test",
    }
    for key in ("number", "label", "mean", "low", "high", "seeds"):
        assert all(key in each for each in told["confirmed"])


def test_run_again_nothing_is_trained_or_evaluated(
    opened: StudyFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The record is shown, and stays to the last byte; so do all trials and the model."""
    study = opened.copy(tmp_path / "study")
    before = runs(study), raw_record(study), attribute(study, "baselines")
    files = {path: path.stat().st_mtime_ns for path in study.model.iterdir()}
    again = confirm(study, workers=2)
    assert (runs(study), raw_record(study), attribute(study, "baselines")) == before
    assert {path: path.stat().st_mtime_ns for path in study.model.iterdir()} == files
    assert any("on test, opened once, the chosen NeuMF" in line for line in again.lines())
    said = capsys.readouterr().err
    for done in ("confirming", "tuning", "opening", "training the model"):
        assert done not in said


def test_the_saved_model_is_the_one_that_was_measured(opened: StudyFolder) -> None:
    """Its ranks of the test items are those stored of the first fresh seed; it can be used."""
    definition = load_definition(opened.definition)
    interactions = load_interactions(definition.data)
    seed, protocol = definition.search.seed, definition.protocol
    parts = split_interactions(interactions, protocol, seed)
    test = open_test(interactions, parts, protocol, seed)
    found = measure_model(NeuMFScorer(read_model(opened.model).parameters), test.lists)
    stored = read_runs(open_storage(opened.storage), "blocks/test")
    assert stored is not None
    first = stored.of(record(opened)["contestants"][0]["trial"])[0]
    assert first.seed_number == 1
    assert first.measurement is not None
    np.testing.assert_array_equal(found.catalogue, first.measurement.catalogue)
    assert found.sampled is not None
    assert first.measurement.sampled is not None
    np.testing.assert_array_equal(found.sampled, first.measurement.sampled)
    model = neumf.load(opened.model)
    assert len(model.recommend("u0", 3)) == 3
    provenance = model.model.facts["provenance"]
    assert provenance["opened"] == attribute(opened, "opening")["opened"]
    assert "test, expected" in model.model.facts["metrics"]


@pytest.mark.parametrize("harm", ["removed", "tampered", "cut short"])
def test_a_model_that_is_harmed_is_made_again(
    opened: StudyFolder, tmp_path: Path, harm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """To the same bytes, by the same command, without another look at the test split."""
    study = opened.copy(tmp_path / "study")
    before = runs(study), raw_record(study)
    tensors = study.model / "model.safetensors"
    content = tensors.read_bytes()
    if harm == "removed":
        shutil.rmtree(study.model)
    elif harm == "tampered":
        tensors.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    else:
        tensors.unlink()
    confirm(study)
    assert "training the model to save, as it was measured" in capsys.readouterr().err
    assert tensors.read_bytes() == content
    assert (runs(study), raw_record(study)) == before


def test_a_folder_that_holds_something_else_is_left_alone(
    searched: StudyFolder, tmp_path: Path
) -> None:
    """Said in one line before anything is trained or opened; with another folder all goes on."""
    study = searched.copy(tmp_path / "study")
    thesis = tmp_path / "mine"
    thesis.mkdir()
    (thesis / "thesis.tex").touch()
    before = runs(study)
    refused = study.run("--confirm", "--trials", "7", "--model", str(thesis), code=2)
    assert "thesis.tex" in refused.stderr.splitlines()[-1]
    assert not refused.stdout
    with pytest.raises(UserError, match="holds 'thesis.tex'"):
        confirm(study, model=thesis)
    assert runs(study) == before
    assert [path.name for path in thesis.iterdir()] == ["thesis.tex"]


def test_two_workers_find_what_one_finds(
    opened: StudyFolder, searched: StudyFolder, tmp_path: Path
) -> None:
    """To the last digit, and the model to the last byte."""
    study = searched.copy(tmp_path / "study")
    confirm(study, workers=2)
    assert record(study) == record(opened)
    for name in ("blocks/confirm", "blocks/test"):
        assert measured_ranks(study, name) == measured_ranks(opened, name)
    one, other = (each.model / "model.safetensors" for each in (study, opened))
    assert one.read_bytes() == other.read_bytes()


def test_an_extended_study_is_marked_for_ever(opened: StudyFolder, tmp_path: Path) -> None:
    """What came later was made in the knowledge of test: the record stays, and says so. What is
    confirmed anew does not change what is chosen on test."""
    study = opened.copy(tmp_path / "study")
    before = raw_record(study)
    searching = Options(storage=study.storage, trials=8, workers=1, report=False, confirm=False)
    run_study(study.definition, searching)
    for _ in range(2):
        told = confirm(study)
        assert any("2 trials were added after it was opened" in line for line in told.lines())
        assert told.as_json()["extended"] == 2
        assert told.as_json()["chosen"] == summary(opened)["chosen"]
    assert raw_record(study) == before


def test_another_plan_reuses_what_is_there(opened: StudyFolder, tmp_path: Path) -> None:
    """A third seed for each: one run more of each; the record is final all the same."""
    study = opened.copy(tmp_path / "study")
    before, n = raw_record(study), len(summary(study)["confirmed"])
    confirm(study, fresh_seeds=3)
    assert runs(study)[CONFIRMED] == 3 * n
    assert raw_record(study) == before


def test_a_search_that_was_not_made_cannot_be_confirmed(tmp_path: Path) -> None:
    """One line, exit code 2, and no database is made; nor is a study in one."""
    study = make_study_folder(tmp_path)
    refused = study.confirm(code=2)
    line = refused.stderr.splitlines()[-1]
    assert line.startswith("error: no study 'blocks'")
    assert "python -m search.run" in line
    assert not refused.stdout
    assert not study.database.exists()
    open_storage(study.storage)
    with pytest.raises(UserError, match="no study 'blocks'"):
        confirm(study)
    assert names(study.storage) == []


def test_what_is_not_wanted_is_not_done(searched: StudyFolder, tmp_path: Path) -> None:
    """``--no-confirm`` ends with the search; ``--no-open`` with the choice, and seals the test."""
    assert {name for name, _ in runs(searched)} == {"blocks"}
    study = searched.copy(tmp_path / "study")
    told = confirm(study, open=False)
    summed = told.as_json()
    assert {name for name, _ in runs(study)} == {"blocks", "blocks/confirm"}
    assert summed["chosen"] is not None
    assert (summed["test"], summed["verdict"], summed["model"]) == (None, None, None)
    assert set(summed["baselines"]) == set(BASELINES)
    assert any("the test split is sealed" in line for line in told.lines())
    assert raw_record(study) == []
    assert not study.model.exists()


def test_two_studies_of_one_database_keep_apart(opened: StudyFolder, tmp_path: Path) -> None:
    """Each its own runs, record and model; the second knows whose opening came before its own."""
    study = opened.copy(tmp_path / "study")
    before = runs(study), raw_record(study)
    few: dict[str, Any] = {"trials": 2, "top": 1, "fresh_seeds": 2, "workers": 1}
    told = run_study(
        study.definition, Options(storage=study.storage, name="other", report=False, **few)
    )
    other = study.model.with_name("other")
    assert told.model == str(other)
    assert names(study.storage) == ["blocks", "other"]
    mine = {key: n for key, n in runs(study).items() if key[0].startswith("blocks")}
    assert mine == before[0]
    first, second = (attribute(study, "opening", name) for name in ("blocks", "other"))
    assert (first["opened_before"], second["trials"]) == ([], 2)
    assert second["opened_before"] == [{"study": "blocks", "opened": first["opened"]}]
    neumf.load(other)


def test_a_foreign_study_of_the_name_is_refused(searched: StudyFolder, tmp_path: Path) -> None:
    """In one line; the study of somebody else stays."""
    study = searched.copy(tmp_path / "study")
    foreign = optuna.create_study(storage=study.storage, study_name="blocks/confirm")
    foreign.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    refused = study.confirm(*FEW, code=2)
    assert "study 'blocks/confirm' is already stored" in refused.stderr.splitlines()[-1]
    assert runs(study)["blocks/confirm", "COMPLETE"] == 1
