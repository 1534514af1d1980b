"""What was stored is read back as plain values."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from neumf.errors import UserError
from studies.ledger.ledger import Ledger
from studies.results.importance import LEAST, importances
from studies.results.readback import read
from studies.results.study_result import Importances, StudyResult
from studies.storage.database import open_storage
from studies.storage.record import versions
from tests.studies.synthetic import (
    DATA,
    NO_PRUNER,
    STARTING_POINTS,
    define,
    finish,
    peak,
    results,
    train,
)


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


def test_importances_wait_for_enough_trials(study: StudyResult) -> None:
    basis = f"4 complete trials of different configurations; {LEAST} needed"
    assert study.importances == Importances((), basis)


@pytest.mark.slow
def test_importances_are_drawn_with_the_studys_seed(url: str) -> None:
    """So that every reading, anywhere, gives the same."""
    search = {**NO_PRUNER, "seed": 3}
    finish(Ledger(open_storage(url), define(LEAST, name="long", search=search), DATA))
    study = read(url, "long")
    assert study.importances == importances(study.trials, 3) != importances(study.trials, 4)
    assert {one.name for one in study.importances.found} == {"lr", "dropout"}


def test_the_objective_is_the_one_that_was_stored(url: str) -> None:
    """Whatever a later version of the program maximises."""
    Ledger(open_storage(url), define(3, name="other"), DATA)
    optuna.load_study(study_name="other", storage=open_storage(url)).set_metric_names(["HR@5"])
    assert read(url, "other").objective == "HR@5"


def test_a_pruned_trial_has_one_number(url: str, study: StudyResult) -> None:
    """Its last epoch's, where Optuna stores it, in its metrics, and as its score: the dashboard,
    the terminal and the page show no two."""
    stored = optuna.load_study(study_name="made", storage=open_storage(url)).trials[5]
    pruned = study.trials[5]
    assert stored.state == TrialState.PRUNED
    assert max(stored.intermediate_values.values()) == 0.02
    assert stored.value == pruned.score == pruned.metrics["nDCG@10"] == 0.01
    assert pruned.metrics["HR@10"] == 0.005
    assert stored.user_attrs["nDCG@10"] == 0.01
    assert (pruned.value, pruned.best_epoch) == (None, None)


def test_the_session_is_what_computed_the_trials(study: StudyResult) -> None:
    """Also of those that were lost or are still running; a duplicate keeps its original's."""
    (session,) = study.sessions
    assert session.items() >= {"workers": 8, "device": "cpu", "trials": 6, "busy": None}.items()
    assert session["seconds"] > 0
    assert [trial.session for trial in study.trials] == [0] * 8 + [None]


def test_a_lost_trial_keeps_what_it_cost(url: str) -> None:
    storage = open_storage(url)
    ledger = Ledger(storage, define(2, name="lost"), DATA)
    lost, killed = ledger.ask(), ledger.ask()
    assert lost is not None
    assert killed is not None
    for job in (lost, killed):
        for epoch in results([0.1, 0.3, 0.2]):
            ledger.record(job.number, epoch)
    ledger.crash(lost.number, "killed by signal 9")
    Ledger(storage, define(2, name="lost"), DATA)  # the coordinator was killed
    first, second = read(url, "lost").of("interrupted")
    assert (first.epochs, first.seconds, first.engine, first.score) == (3, 1.5, "made-up", 0.2)
    assert (second.epochs, second.score) == (3, 0.2)


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
