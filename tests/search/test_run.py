"""The main job as a person runs it: a real SQLite file and real worker processes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from reports.page import render
from studies.results.readback import read
from tests.search.study_folder import StudyFolder, make_study_folder

pytestmark = pytest.mark.slow


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    return make_study_folder(tmp_path)


def test_a_study_ends_with_its_total_and_tells_what_it_found(study: StudyFolder) -> None:
    """The definition's own total; the summary names the best, notebook, time, dashboard."""
    done = study.run()
    assert study.finished() == 6
    told = ("6 trials", "6 added", "search ", "notebook", "nDCG@10", "HR@10", "optuna-dashboard")
    assert all(word in done.stdout for word in told)
    assert "\x1b" not in done.stdout + done.stderr, "control codes outside a terminal"
    assert sum(line.startswith("trial ") for line in done.stderr.splitlines()) == 6


def test_trials_is_a_total_whoever_runs_them(study: StudyFolder) -> None:
    """Run again: nothing. Raise it by three: three more. Four workers: the count is exact too."""
    assert study.summary("--trials", "5")["added"] == 5
    again = study.run("--trials", "5")
    assert "nothing to add" in again.stdout
    assert study.summary("--trials", "5")["added"] == 0
    assert study.summary("--trials", "8", "--workers", "4")["added"] == 3
    assert study.finished() == 8
    assert set(study.states()) <= {"COMPLETE", "PRUNED", "FAIL"}


def test_branches_are_searched_resumed_and_told(study: StudyFolder) -> None:
    """Each trial has what its branch searches, in the database and in the summary; more trials are
    added to the same study, and the page shows both branches."""
    definition = Path(study.definition)
    text = definition.read_text()
    lr = "lr = { low = 1e-3, high = 1e-1, log = true }\n"
    assert lr in text
    branches = "".join(
        f'[[branches]]\nname = "{name}"\nwhen = {{ optimizer = "{name}" }}\n[branches.space]\n'
        f"{lr}{penalty} = {{ low = 1e-8, high = 1e-3, log = true }}\n"
        for name, penalty in (("adam", "weight_decay"), ("sgd", "l2"))
    )
    text = text.replace(lr, 'optimizer = { choices = ["adam", "sgd"] }\n')
    text = text.replace("[[starting", f"{branches}\n[[starting").replace(
        "lr = 1e-3\n", 'lr = 1e-3\noptimizer = "adam"\nweight_decay = 1e-8\n'
    )
    definition.write_text(text)
    study.run("--trials", "5")
    summary = study.summary("--trials", "10", "--workers", "2")
    assert (study.finished(), summary["added"]) == (10, 5)
    own = {"adam": {"adam.lr", "adam.weight_decay"}, "sgd": {"sgd.lr", "sgd.l2"}}
    found = read(study.storage, "blocks")
    for trial in found.finished:
        optimizer = str(trial.params["optimizer"])
        assert {name for name in trial.params if "." in name} == own[optimizer]
        assert trial.configuration["lr"] == trial.params[f"{optimizer}.lr"]
    assert {t.params["optimizer"] for t in found.finished} == {"adam", "sgd"}
    assert found.best is not None
    assert summary["best"]["params"] == found.best.params
    assert summary["notebook"]["params"]["adam.weight_decay"] == 1e-8
    page = render(found)
    assert "adam.lr" in page
    assert "sgd.l2" in page


def test_the_value_is_the_best_of_the_curve(study: StudyFolder) -> None:
    """Told to Optuna, stored as metric and as curve, printed: one number."""
    summary = study.summary()
    rows = study.query(
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
        study = make_study_folder(folder)
        study.run("--trials", "9", "--workers", "1")
        stories.append(
            study.query(
                "SELECT t.number, t.state, i.step, i.intermediate_value FROM trials t"
                " JOIN trial_intermediate_values i USING (trial_id) ORDER BY 1, 3"
            )
            + study.query(
                "SELECT t.number, p.param_name, p.param_value FROM trials t"
                " JOIN trial_params p USING (trial_id) ORDER BY 1, 2"
            )
        )
    assert stories[0] == stories[1]


def test_a_trial_trained_alone_gives_the_numbers_it_had_beside_others(study: StudyFolder) -> None:
    """Two workers' trials again by ``neumf.train``, one by one: to the last bit."""
    study.run("--trials", "5", "--workers", "2")
    trials = [t for t in read(study.storage, "blocks").trials if t.state == "complete"]
    assert trials
    for trial in trials:
        best = study.train_alone(trial.configuration)
        assert best == {"epoch": trial.best_epoch, "engine": trial.engine, **trial.metrics}


def test_another_seed_or_protocol_is_refused_with_the_difference_shown(study: StudyFolder) -> None:
    """The stored study is left as it was."""
    study.run("--trials", "2")
    refused = study.run("--trials", "4", "--seed", "7", code=2)
    assert "search.seed was 1, is 7" in refused.stderr
    assert study.finished() == 2
    for epochs in ("3", "6"):
        refused = study.run("--trials", "4", "--epochs", epochs, code=2)
        assert f"fixed.epochs was 4, is {epochs}; store it under another name" in refused.stderr
    assert study.finished() == 2


def test_another_budget_is_another_study_under_another_name(study: StudyFolder) -> None:
    """Beside the first one, in the same storage; it is continued under that name."""
    study.run("--trials", "2")
    longer = ("--epochs", "6", "--name", "longer")
    assert study.summary("--trials", "2", *longer)["added"] == 2
    assert study.summary("--trials", "3", *longer)["added"] == 1
    result = read(study.storage, "longer")
    assert len(result.finished) == 3
    assert result.command.endswith("--name longer --epochs 6")
    assert len(read(study.storage, "blocks").finished) == 2


def test_each_run_is_a_session_that_its_trials_refer_to(study: StudyFolder) -> None:
    """With what computed; a study of two engines says so."""
    study.run("--trials", "2", "--workers", "1")
    assert study.summary("--trials", "3", "--workers", "1", "--engine", "torch")["mixtures"] == [
        "engine: fused (2 trials), torch (1 trial)"
    ]
    result = read(study.storage, "blocks")
    first, second = result.sessions
    assert [(trial.session, trial.worker) for trial in result.trials] == [(0, 0), (0, 0), (1, 0)]
    assert (first["trials"], second["trials"]) == (2, 1)
    assert (first["engine"], second["engine"]) == ("fused", "torch")
    assert first["versions"] == second["versions"]
    assert first["workers"] == 1
    assert 0 < first["busy"] <= 1
    assert first["seconds"] > sum(t.seconds or 0 for t in result.trials[:2])
    assert "mixed      engine: fused" in study.run("--trials", "3").stdout


def test_a_configuration_that_diverges_fails_and_the_search_goes_on(study: StudyFolder) -> None:
    """A learning rate far too high: the trial fails with its reason and counts."""
    text = Path(study.definition).read_text()
    text = text.replace("low = 1e-3, high = 1e-1", "low = 1e-3, high = 1.0")
    text += (
        '\n[[starting_points]]\nname = "wild"\nconfiguration = { predictive_factors = 16,'
        " mlp_layers = 2, dropout = 0.0, lr = 1.0, negative_ratio = 4 }\n"
    )
    text = text.replace("batch_size = 64", "batch_size = 2")
    Path(study.definition).write_text(text)
    summary = study.summary("--trials", "4", "--epochs", "12")
    assert summary["added"] == 4
    assert study.states()["FAIL"] >= 1
    ((reason,),) = study.query(
        "SELECT value_json FROM trial_user_attributes JOIN trials USING (trial_id)"
        " WHERE key = 'reason' AND state = 'FAIL' LIMIT 1"
    )
    assert "loss" in reason


def test_a_timeout_lets_running_trials_finish_and_is_no_error(study: StudyFolder) -> None:
    """Less than the total, all of it whole."""
    summary = study.summary("--trials", "100000", "--timeout", "0.5")
    assert study.finished() == summary["added"] < 100000
    assert not study.states()["RUNNING"]


def test_a_report_that_cannot_be_written_does_not_take_the_summary_with_it(
    study: StudyFolder,
) -> None:
    """The search has been made: its JSON is the last line all the same."""
    (study.folder / "reports").touch()  # where the folder would be
    done = study.run("--trials", "1", "--report", "--json")
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["trials"], summary["report"]) == ({"complete": 1}, None)
    assert "no report: cannot write reports/html/blocks.html" in done.stderr
    assert "blocks: 1 trial (1 complete" in done.stdout


def test_the_torch_engine_runs_a_study_too(study: StudyFolder) -> None:
    """The reference engine, as the trials record."""
    assert study.summary("--trials", "2", "--engine", "torch")["added"] == 2
    engines = study.query(
        "SELECT DISTINCT value_json FROM trial_user_attributes WHERE key = 'engine'"
    )
    assert engines == [('"torch"',)]


def test_an_audit_trains_pruned_trials_to_their_end(study: StudyFolder) -> None:
    """Beside the study: the trials stay as they are, their first epochs repeat to the last bit."""
    study.run("--trials", "14", "--workers", "1")
    before = study.query("SELECT * FROM trials"), study.query("SELECT * FROM trial_values")
    pruned = study.states()["PRUNED"]
    assert pruned >= 2, "a study that prunes"
    done = study.run("--trials", "14", "--audit", "2")
    assert "of 2 pruned trials would have made the top 5" in done.stdout
    assert "2 of 2 repeated their stored epochs exactly" in done.stdout
    assert (
        study.query("SELECT * FROM trials"),
        study.query("SELECT * FROM trial_values"),
    ) == before
    assert study.summary("--trials", "14", "--audit", "2")["audit"]["trials"] == 2
    assert study.summary("--trials", "14", "--audit", "1000")["audit"]["trials"] == pruned


def test_a_gmf_that_all_trials_join_is_trained_once(study: StudyFolder) -> None:
    """By one of two workers, for both; and a trial that reused it repeats alone to the last bit."""
    definition = Path(study.definition)
    joined = "[fixed]\nalpha = -1\npretrained_factors = 8\npretrained_epochs = 4\n"
    definition.write_text(definition.read_text().replace("[fixed]\n", joined))
    study.run("--trials", "4", "--workers", "2")
    trials = read(study.storage, "blocks").finished
    assert Counter(trial.pretrained for trial in trials) == {"trained": 1, "reused": 3}
    reused = next(t for t in trials if t.pretrained == "reused" and t.state == "complete")
    best = study.train_alone(reused.configuration)
    assert (best["nDCG@10"], best["alpha"]) == (reused.value, reused.alpha)


def test_a_settled_search_ends_early_and_says_so_again(tmp_path: Path) -> None:
    """Run again it trains nothing; told to stop at its total, it goes on."""
    study = make_study_folder(tmp_path, epochs=10, patience=10)
    definition = Path(study.definition)
    text = definition.read_text().replace("warmup_epochs = 2", "warmup_epochs = 6")
    settled = text.replace("seed = 1\n", 'seed = 1\nstop = "settled"\n')
    definition.write_text(settled)
    first = study.summary("--trials", "150", "--workers", "2")
    assert 29 <= first["added"] < 150
    assert first["outlook"]["settled"] is True
    assert first["outlook"]["gain"] < first["outlook"]["noise"]
    again = study.run("--trials", "150", "--workers", "2")
    assert "nothing to add: the search is settled" in again.stdout
    definition.write_text(text)
    total = first["added"] + 2
    assert study.summary("--trials", str(total))["added"] == 2
