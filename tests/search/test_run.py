"""The main job as a person runs it: a real SQLite file and real worker processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from studies.results.readback import read
from tests.search.commands import Desk, environment, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def test_a_study_ends_with_its_total_and_tells_what_it_found(desk: Desk) -> None:
    """The definition's own total; the summary names the best, notebook, time, dashboard."""
    done = desk.run()
    assert desk.finished() == 6
    told = ("6 trials", "6 added", "best ", "notebook", "nDCG@10", "HR@10", "optuna-dashboard")
    assert all(word in done.stdout for word in told)
    assert "\x1b" not in done.stdout + done.stderr, "control codes outside a terminal"
    assert sum(line.startswith("trial ") for line in done.stderr.splitlines()) == 6


def test_trials_is_a_total_whoever_runs_them(desk: Desk) -> None:
    """Run again: nothing. Raise it by three: three more. Four workers: the count is exact too."""
    assert desk.summary("--trials", "5")["added"] == 5
    again = desk.run("--trials", "5")
    assert "nothing to add" in again.stdout
    assert desk.summary("--trials", "5")["added"] == 0
    assert desk.summary("--trials", "8", "--workers", "4")["added"] == 3
    assert desk.finished() == 8
    assert set(desk.states()) <= {"COMPLETE", "PRUNED", "FAIL"}


def test_the_value_is_the_best_of_the_curve(desk: Desk) -> None:
    """Told to Optuna, stored as metric and as curve, printed: one number."""
    summary = desk.summary()
    rows = desk.query(
        "SELECT v.trial_id, v.value, max(i.intermediate_value) FROM trial_values v"
        " JOIN trial_intermediate_values i USING (trial_id)"
        " JOIN trials t USING (trial_id) WHERE t.state = 'COMPLETE' GROUP BY v.trial_id"
    )
    assert rows
    assert all(value == best for _, value, best in rows)
    best = summary["best"]
    assert best["value"] == best["metrics"]["nDCG@10"] == max(value for _, value, _ in rows)


def test_one_worker_repeats_a_study_to_the_last_bit(tmp_path: Path) -> None:
    """Same seed, fresh databases: the same configurations and the same values."""
    stories = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        desk = make_desk(folder)
        desk.run("--trials", "9", "--workers", "1")
        stories.append(
            desk.query(
                "SELECT t.number, t.state, i.step, i.intermediate_value FROM trials t"
                " JOIN trial_intermediate_values i USING (trial_id) ORDER BY 1, 3"
            )
            + desk.query(
                "SELECT t.number, p.param_name, p.param_value FROM trials t"
                " JOIN trial_params p USING (trial_id) ORDER BY 1, 2"
            )
        )
    assert stories[0] == stories[1]


def test_a_trial_trained_alone_gives_the_numbers_it_had_beside_others(desk: Desk) -> None:
    """Two workers' trials again by ``neumf.train``, one by one: to the last bit."""
    desk.run("--trials", "5", "--workers", "2")
    trials = [t for t in read(desk.storage, "blocks").trials if t.state == "complete"]
    assert trials
    for trial in trials:
        configuration = [f"--{k.replace('_', '-')}={v}" for k, v in trial.configuration.items()]
        alone = subprocess.run(
            [
                *(sys.executable, "-m", "neumf.train", "--data", "blocks.csv"),
                *("--candidates", "10", "--seed", "1", "--json", *configuration),
            ],
            cwd=desk.folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        best = json.loads(alone.stdout.splitlines()[-1])["best"]
        assert best == {"epoch": trial.best_epoch, "engine": trial.engine, **trial.metrics}


def test_another_seed_or_protocol_is_refused_with_the_difference_shown(desk: Desk) -> None:
    """The stored study is left as it was."""
    desk.run("--trials", "2")
    refused = desk.run("--trials", "4", "--seed", "7", code=2)
    assert "search.seed was 1, is 7" in refused.stderr
    assert desk.finished() == 2
    for epochs in ("3", "6"):
        refused = desk.run("--trials", "4", "--epochs", epochs, code=2)
        assert f"fixed.epochs was 4, is {epochs}; store it under another name" in refused.stderr
    assert desk.finished() == 2


def test_another_budget_is_another_study_under_another_name(desk: Desk) -> None:
    """Beside the first one, in the same storage; it is continued under that name."""
    desk.run("--trials", "2")
    longer = ("--epochs", "6", "--name", "longer")
    assert desk.summary("--trials", "2", *longer)["added"] == 2
    assert desk.summary("--trials", "3", *longer)["added"] == 1
    study = read(desk.storage, "longer")
    assert len(study.finished) == 3
    assert study.command.endswith("--name longer --epochs 6")
    assert len(read(desk.storage, "blocks").finished) == 2


def test_each_run_is_a_session_that_its_trials_refer_to(desk: Desk) -> None:
    """With what computed; a study of two engines says so."""
    desk.run("--trials", "2", "--workers", "1")
    assert desk.summary("--trials", "3", "--workers", "1", "--engine", "torch")["mixtures"] == [
        "engine: fused (2 trials), torch (1 trial)"
    ]
    study = read(desk.storage, "blocks")
    first, second = study.sessions
    assert [trial.session for trial in study.trials] == [0, 0, 1]
    assert (first["trials"], second["trials"]) == (2, 1)
    assert (first["engine"], second["engine"]) == ("auto", "torch")
    assert first["versions"] == second["versions"]
    assert first["workers"] == 1
    assert 0 < first["busy"] <= 1
    assert first["seconds"] > sum(t.seconds or 0 for t in study.trials[:2])
    assert "mixed      engine: fused" in desk.run("--trials", "3").stdout


def test_a_setting_that_diverges_fails_and_the_search_goes_on(desk: Desk) -> None:
    """A learning rate far too high: the trial fails with its reason and counts."""
    text = Path(desk.study).read_text()
    text = text.replace("low = 1e-3, high = 1e-1", "low = 1e-3, high = 1.0")
    text += (
        '\n[[starting_points]]\nname = "wild"\nconfiguration = { predictive_factors = 16,'
        " mlp_layers = 2, dropout = 0.0, lr = 1.0, negative_ratio = 4 }\n"
    )
    text = text.replace("batch_size = 64", "batch_size = 2")
    Path(desk.study).write_text(text)
    summary = desk.summary("--trials", "4", "--epochs", "12")
    assert summary["added"] == 4
    if desk.states()["FAIL"]:
        reasons = desk.query("SELECT value_json FROM trial_user_attributes WHERE key = 'reason'")
        assert any("loss" in reason for (reason,) in reasons)


def test_a_timeout_lets_running_trials_finish_and_is_no_error(desk: Desk) -> None:
    """Less than the total, all of it whole."""
    summary = desk.summary("--trials", "100000", "--timeout", "0.5")
    assert desk.finished() == summary["added"] < 100000
    assert not desk.states()["RUNNING"]


def test_the_torch_engine_runs_a_study_too(desk: Desk) -> None:
    """The reference engine, as the trials record."""
    assert desk.summary("--trials", "2", "--engine", "torch")["added"] == 2
    engines = desk.query(
        "SELECT DISTINCT value_json FROM trial_user_attributes WHERE key = 'engine'"
    )
    assert engines == [('"torch"',)]


def test_an_audit_trains_pruned_trials_to_their_end(desk: Desk) -> None:
    """Beside the study: the trials stay as they are, their first epochs repeat to the last bit."""
    desk.run("--trials", "14", "--workers", "1")
    before = desk.query("SELECT * FROM trials"), desk.query("SELECT * FROM trial_values")
    pruned = desk.states()["PRUNED"]
    assert pruned >= 2, "a study that prunes"
    done = desk.run("--trials", "14", "--audit", "2")
    assert "of 2 pruned trials would have made the top 5" in done.stdout
    assert "2 of 2 repeated their stored epochs to the last digit" in done.stdout
    assert (desk.query("SELECT * FROM trials"), desk.query("SELECT * FROM trial_values")) == before
    assert desk.summary("--trials", "14", "--audit", "2")["audit"]["trials"] == 2
    assert desk.summary("--trials", "14", "--audit", "1000")["audit"]["trials"] == pruned
