"""What was stored is read back as plain values."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest

from neumf.errors import UserError
from studies.ledger.ledger import Ledger
from studies.results.readback import read
from studies.results.study_result import StudyResult
from studies.storage.database import open_storage
from tests.studies.synthetic import DATA, STARTING_POINTS, define, peak, results, train


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A study with a trial of every kind, and one that is empty."""
    url = f"sqlite:///{tmp_path_factory.mktemp('readback') / 'studies.db'}"
    storage = open_storage(url, owner=True)
    pruner = {"kind": "median", "startup_trials": 4, "warmup_epochs": 1}
    definition = define(
        9,
        description="made up",
        starting_points=STARTING_POINTS,
        fixed={"epochs": 5},
        search={"pruner": pruner},
    )
    ledger = Ledger(storage, definition, DATA, "made --trials 9")
    assert ledger.start_session({"workers": 8, "versions": versions(), "device": "cpu"}) == 0
    jobs = {name: job for name in "abcdefgh" if (job := ledger.ask())}
    ledger.crash(jobs["a"].number, "killed by signal 9")
    for name in "bcde":
        train(ledger, jobs[name])
    train(ledger, jobs["f"], lambda _: [0.02, 0.01, 0.3])
    ledger.record(jobs["g"].number, results([0.1])[0])
    ledger.fail(jobs["g"].number, "loss nan in epoch 2")
    ledger.record(jobs["h"].number, results([0.1])[0])
    Ledger(storage, define(3, name="empty"), DATA)
    return url


@pytest.fixture(scope="module")
def study(url: str) -> StudyResult:
    return read(url, "made")


def test_every_state_by_its_name(study: StudyResult) -> None:
    states = [trial.state for trial in study.trials]
    assert states[0] == "interrupted"
    assert states[1:5] == ["complete"] * 4
    assert states[5:] == ["pruned", "failed", "running", "waiting"]
    assert study.counts["complete"] == 4
    assert [trial.number for trial in study.trials] == list(range(9))


def test_a_complete_trial(study: StudyResult) -> None:
    trial = study.trials[1]
    configuration = define(1, fixed={"epochs": 5}).configuration(trial.params)
    curve = peak(configuration)
    assert trial.label == "He et al."
    assert trial.params == STARTING_POINTS[1]["configuration"]
    assert trial.configuration == configuration.asdict()
    assert trial.value == trial.score == curve[3]
    assert trial.curve == tuple(enumerate(curve, 1))
    assert trial.losses == (1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 5)
    assert trial.best_epoch == 4
    assert trial.epochs == 5
    assert trial.metrics["nDCG@10"] == curve[3]
    assert trial.metrics["HR@10"] == curve[3] / 2
    assert (trial.seconds, trial.samples_per_second) == (2.5, 2000)
    assert (trial.parameters, trial.engine, trial.reason) == (1234, "made-up", None)
    assert trial.seed is not None
    assert trial.started is not None
    assert trial.finished is not None
    assert trial.started <= trial.finished


def test_what_has_no_value_has_a_reason(study: StudyResult) -> None:
    interrupted, pruned, failed = (study.trials[n] for n in (0, 5, 6))
    assert interrupted.reason == "killed by signal 9"
    assert pruned.reason == "pruned after epoch 2"
    assert failed.reason == "loss nan in epoch 2"
    assert [trial.value for trial in (interrupted, pruned, failed)] == [None] * 3
    assert pruned.curve == ((1, 0.02), (2, 0.01))


def test_what_is_not_finished_is_there_too(study: StudyResult) -> None:
    running, waiting = study.trials[7:]
    assert running.curve == ((1, 0.1),)
    assert running.metrics == {}
    assert waiting.label == "notebook"
    assert waiting.curve == ()


def test_the_study(study: StudyResult) -> None:
    assert (study.name, study.description, study.objective) == ("made", "made up", "nDCG@10")
    assert study.definition["fixed"] == {"epochs": 5}
    assert study.data == DATA
    assert study.versions == versions()
    assert study.mixtures == ()
    complete = study.of("complete")
    assert study.best == max(complete, key=lambda t: t.value or 0)
    assert study.labelled("He et al.") == study.trials[1]
    assert study.labelled("notebook") is None


def test_importances_are_those_of_the_trials(study: StudyResult) -> None:
    """With the study's seed, so that every reading tells the same."""
    assert study.importances == Importances((), "4 complete trials of different configurations; 30 needed")
    storage = InMemoryStorage()
    definition = define(LEAST, search={**NO_PRUNER, "seed": 3})
    finish(Ledger(storage, definition, DATA))


def test_an_empty_study(url: str) -> None:
    empty = read(url, "empty")
    assert empty.trials == ()
    assert empty.best is None
    assert empty.importances.found == ()
    assert empty.sessions == ()


def test_reading_changes_nothing(url: str) -> None:
    assert read(url, "made") == read(url, "made")


def test_no_such_study(url: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="^no study 'mad' in .*; did you mean 'made'?"):
        read(url, "mad")
    nowhere = f"sqlite:///{tmp_path / 'none.db'}"
    with pytest.raises(UserError, match="^no study 'made' in .*; it holds none$"):
        read(nowhere, "made")
    assert list(tmp_path.iterdir()) == []


def test_another_programs_study(url: str) -> None:
    optuna.create_study(storage=open_storage(url), study_name="theirs")
    with pytest.raises(UserError, match="^study 'theirs' in .* was not made by this program$"):
        read(url, "theirs")
