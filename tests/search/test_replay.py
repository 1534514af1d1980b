"""``python -m search.replay`` on a study that was really searched, in all states of its trials."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from neumf.cli import MISTAKE, main
from search.replay import DIFFERS, replay
from studies.storage import record
from studies.storage.database import open_storage
from tests.search.study_folder import StudyFolder, contents, make_study_folder

pytestmark = pytest.mark.slow

SAME = """
[[starting_points]]
name = "same"
[starting_points.configuration]
predictive_factors = 8
mlp_layers = 2
dropout = 0.3
lr = 1e-3
negative_ratio = 4
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """Complete and pruned trials and a duplicate, all of a real search; then trials that are
    interrupted, waiting and running."""
    study = make_study_folder(tmp_path_factory.mktemp("replay"))
    path = Path(study.definition)
    text = path.read_text().replace("[search]", f"{SAME}\n[search]")
    path.write_text(text.replace("seed = 1", "seed = 3"))  # with which some are pruned
    study.run("--trials", "12", "--workers", "1")
    storage = open_storage(study.storage)
    made = optuna.load_study(study_name="blocks", storage=storage)
    first = made.get_trials()[0]
    made.enqueue_trial(first.params)
    lost = made.ask(first.distributions)
    for step in (1, 2):
        lost.report(first.intermediate_values[step], step)
    lost.set_user_attr(record.INTERRUPTED, value=True)
    lost.set_user_attr(record.REASON, "the coordinator died")
    made.tell(lost, state=TrialState.FAIL)
    made.enqueue_trial(first.params)
    made.ask(first.distributions)
    made.enqueue_trial(first.params)
    storage.remove_session()
    storage.engine.dispose()
    return study


def numbers(study: StudyFolder, sql: str) -> list[int]:
    return [number for (number,) in study.query(f"SELECT number FROM trials WHERE {sql}")]


Replay = Callable[..., dict[str, Any]]


@pytest.fixture
def again(
    study: StudyFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Replay:
    """The command in this process: its JSON, sentence (``said``) and what it told (``told``), once
    it has ended with the expected exit code."""

    def run(number: int, *arguments: str, code: int = 0) -> dict[str, Any]:
        words = [study.definition, "--storage", study.storage, "--trial", str(number)]
        monkeypatch.setattr(sys, "argv", ["search.replay", *words, "--json", *arguments])
        with pytest.raises(SystemExit) as end:
            main(replay, "search.replay")
        out, told = capsys.readouterr()
        assert end.value.code == code, out + told
        if code == MISTAKE:
            return {"told": told}
        *_, said, last = out.splitlines()
        return {**json.loads(last), "said": said, "told": told}

    return run


def test_every_trial_of_a_search_repeats_to_the_last_bit(study: StudyFolder, again: Replay) -> None:
    """Complete and pruned; each stored epoch has its line. The database stays as it is, and no file
    is left."""
    before = contents(study.database)
    files = sorted(study.folder.iterdir())
    done = numbers(study, "state IN ('COMPLETE', 'PRUNED')")
    states = set()
    for number in done:
        found = again(number)
        states.add(found["state"])
        assert found["exact"]
        assert found["equal"]
        assert found["equal_epochs"] == found["epochs"] > 0
        assert (
            found["said"] == f"{found['epochs']} of {found['epochs']} epochs equal to the last bit"
        )
        lines = [line for line in found["told"].splitlines() if line.startswith("epoch ")]
        assert len(lines) == found["epochs"]
    assert states == {"complete", "pruned"}
    assert contents(study.database) == before
    assert sorted(study.folder.iterdir()) == files


def test_a_duplicate_leads_to_its_original(study: StudyFolder, again: Replay) -> None:
    (number, *_) = numbers(
        study,
        "trial_id IN (SELECT trial_id FROM trial_user_attributes WHERE key = 'duplicate_of')",
    )
    found = again(number)
    assert (found["trial"], found["replayed"]) == (number, 0)
    assert "trial 0 is replayed" in found["told"]


def test_an_interrupted_trial_is_compared_as_far_as_it_came(again: Replay) -> None:
    """One whose coordinator died has nothing but its objective; its session is not known either."""
    found = again(12)
    assert (found["state"], found["epochs"], found["exact"]) == ("interrupted", 2, True)
    assert "only its epochs are replayed" in found["told"]


def test_what_was_not_trained_is_refused(again: Replay) -> None:
    assert "error: trial 13 is running" in again(13, code=MISTAKE)["told"]
    assert "error: trial 14 is waiting" in again(14, code=MISTAKE)["told"]
    assert "study 'blocks' has trials 0 to 14" in again(15, code=MISTAKE)["told"]
    assert "study 'blocks' has trials 0 to 14" in again(-1, code=MISTAKE)["told"]


@pytest.mark.parametrize(
    ("table", "change", "first"),
    [
        (
            "trial_intermediate_values",
            "intermediate_value = intermediate_value + 1e-16 WHERE step = 2",
            "nDCG@10 of epoch 2",
        ),
        ("trial_values", "value = value + 1e-16 WHERE 1", "value"),
        ("trial_params", "param_value = 0.25 WHERE param_name = 'dropout'", "dropout"),
        ("trial_user_attributes", "value_json = '5' WHERE key = 'seed'", "seed"),
        (
            "trial_user_attributes",
            "value_json = '0.5' WHERE key = 'HR@10'",
            "HR@10 of the epoch that counts",
        ),
    ],
)
def test_a_changed_number_is_found(
    study: StudyFolder, again: Replay, tmp_path: Path, table: str, change: str, first: str
) -> None:
    """Wherever it is stored: exit code 1, and it is named."""
    copy = tmp_path / "copy.db"
    with (
        closing(sqlite3.connect(study.database)) as original,
        closing(sqlite3.connect(copy)) as changed,
    ):
        original.backup(changed)
        trial = "(SELECT trial_id FROM trials WHERE number = 0)"
        assert changed.execute(f"UPDATE {table} SET {change} AND trial_id = {trial}").rowcount == 1
        changed.commit()
    found = again(0, "--storage", f"sqlite:///{copy}", code=DIFFERS)
    assert not found["equal"]
    assert found["first_difference"]["what"] == first
    assert f"first difference: {first}: stored" in found["said"]


def test_other_data_are_refused_and_moved_ones_are_not(
    study: StudyFolder, again: Replay, tmp_path: Path
) -> None:
    rows = (study.folder / "blocks.csv").read_text().splitlines()
    moved, other = tmp_path / "moved.csv", tmp_path / "other.csv"
    moved.write_text("\n".join(rows) + "\n")
    other.write_text("\n".join(rows[:-1]) + "\n")
    assert again(0, "--data", str(moved))["exact"]
    told = again(0, "--data", str(other), code=MISTAKE)["told"]
    assert "not the data of study 'blocks', which has 720 interactions" in told


def test_another_engine_has_a_tolerance_and_says_so(again: Replay) -> None:
    found = again(1, "--engine", "torch")
    assert found["causes"][0] == "engine was fused, is torch"
    assert found["tolerance"] is not None
    assert not found["exact"]
    assert found["equal"]
    assert "engine was fused, is torch" in found["said"]


def test_another_processor_has_a_tolerance_and_says_so(
    again: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search import replaying
    from studies.storage.record import versions

    monkeypatch.setattr(replaying, "versions", lambda: {**versions(), "processor": "m68k"})
    found = again(0)
    assert found["exact"]
    assert found["said"].endswith(", is m68k")


def test_a_gpu_that_is_not_here_is_told(study: StudyFolder, again: Replay, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with (
        closing(sqlite3.connect(study.database)) as original,
        closing(sqlite3.connect(copy)) as changed,
    ):
        original.backup(changed)
        changed.execute(
            "UPDATE study_system_attributes SET value_json = replace(value_json,"
            ' \'"device": "cpu"\', \'"device": "mps"\')'
        )
        changed.commit()
    storage = ("--storage", f"sqlite:///{copy}")
    told = again(0, *storage, code=MISTAKE)["told"]
    assert "trial 0 was trained on 'mps', which is not available here; --device cpu" in told
    found = again(0, *storage, "--device", "cpu")
    assert found["causes"] == ["device was mps, is cpu"]


def test_a_study_is_found_by_its_stored_name_and_a_misspelt_one_is_told(
    study: StudyFolder, again: Replay
) -> None:
    assert again(0, "--name", "blocks")["exact"]
    assert "no study 'block'" in again(0, "--name", "block", code=MISTAKE)["told"]
    nowhere = ("--storage", f"sqlite:///{study.folder}/none.db")
    assert "no study 'blocks'" in again(0, *nowhere, code=MISTAKE)["told"]
    assert not (study.folder / "none.db").exists()
