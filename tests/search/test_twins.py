"""Twins are trained as a study's trials are: by the same coordinator, and by real workers."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from pathlib import Path

import optuna
import pytest
from optuna.storages import InMemoryStorage

from neumf.data.loading import load as load_interactions
from neumf.protocol.evaluation_protocol import make_problem, split_interactions
from neumf.seeds import derive, trial_seed
from neumf.training.loop import train
from search.coordinator import Coordinator
from search.workers.messages import Died
from studies.definition.loading import load
from studies.ledger.ledger import Ledger
from studies.ledger.twins import Twins
from studies.results.readback import read
from studies.results.study_result import TwinRun, rebuild
from studies.storage import record
from studies.storage.database import open_storage
from studies.storage.facts import of_trial
from tests.search.fakes import FakeObserver, FakePool, Message, failed, finished, trained
from tests.search.study_folder import StudyFolder, make_study_folder
from tests.studies.synthetic import DATA, define, facts_of, finish

DEFINITION = define(2)


def made() -> InMemoryStorage:
    storage = InMemoryStorage()
    finish(Ledger(storage, DEFINITION, DATA))
    return storage


def work(
    storage: InMemoryStorage,
    script: Iterable[tuple[int, Message]],
    size: int = 1,
    stop_after: int | None = None,
) -> FakePool:
    """One seed's runs, numbered 0 to 2; a stop is requested once so many are done."""
    twins = Twins(storage, DEFINITION, 1)
    pool = FakePool(size, script)
    stopping = (lambda: False) if stop_after is None else lambda: twins.done >= stop_after
    Coordinator(twins, pool, FakeObserver(), stopping).run()
    return pool


def kept(storage: InMemoryStorage) -> list[TwinRun]:
    return [TwinRun(**run) for run in facts_of(storage).get(record.TWINS, [])]


def test_two_workers_share_the_runs() -> None:
    """Each epoch is heard; what cannot be trained is stored as such, and the rest goes on."""
    storage = made()
    script = [
        *((0, trained(0)), (1, trained(1)), (1, trained(1, 2)), (1, finished(1))),
        *((0, failed(0)), (1, trained(2)), (1, finished(2))),
    ]
    pool = work(storage, script, size=2)
    assert pool.workers[0].told == [("train", 0)]
    assert pool.workers[1].told == [("train", 1), ("train", 2)]
    assert [(run.epochs, run.value, run.reason) for run in kept(storage)] == [
        (2, 0.5, None),
        (1, None, "loss nan in epoch 1"),
        (1, 0.5, None),
    ]


def test_a_dead_workers_run_is_given_to_the_next() -> None:
    """Epochs of the first attempt do not count twice."""
    storage = made()
    script: list[tuple[int, Message]] = [
        *((0, trained(0)), (0, Died("worker died (killed by signal 9)"))),
        *((0, trained(0)), (0, finished(0))),
        *((0, trained(1)), (0, finished(1)), (0, trained(2)), (0, finished(2))),
    ]
    pool = work(storage, script)
    assert pool.replaced == [0]
    assert [run.epochs for run in kept(storage)] == [1, 1, 1]


def test_after_a_stop_the_rest_is_left_for_the_next_session() -> None:
    storage = made()
    work(storage, [(0, trained(0)), (0, finished(0))], stop_after=1)
    assert len(kept(storage)) == 1
    rest = [(0, trained(1)), (0, finished(1)), (0, trained(2)), (0, finished(2))]
    pool = work(storage, rest)
    assert [number for _, number in pool.workers[0].told] == [1, 2]
    assert len({run.seed for run in kept(storage)}) == 3


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    return make_study_folder(tmp_path)


@pytest.mark.slow
def test_twins_have_the_numbers_of_training_alone(study: StudyFolder) -> None:
    """To the last bit, with seeds of their own; more seeds add only the new ones, and the trials
    stay as they are."""
    study.run("--trials", "3")
    before = study.query("SELECT * FROM trials"), study.query("SELECT * FROM trial_values")
    done = study.run("--trials", "3", "--twins", "2", "--workers", "2")
    assert "what each half does: 6 runs over fresh seeds" in done.stderr
    assert "mean of 2 fresh seeds" in done.stdout
    again = study.run("--trials", "3", "--twins", "2")
    assert "what each half does" not in again.stderr
    models = study.summary("--trials", "3", "--twins", "3")["twins"]["models"]
    assert [list(model["values"]) for model in models.values()] == [["1", "2", "3"]] * 3
    assert (
        study.query("SELECT * FROM trials"),
        study.query("SELECT * FROM trial_values"),
    ) == before

    result, definition = read(study.storage, "blocks"), load(study.definition)
    interactions = load_interactions(definition.data)
    parts = split_interactions(interactions, definition.protocol, 1)
    problem = make_problem(interactions, parts, definition.protocol, 1)
    assert len(result.twins) == 9
    for run in result.twins:
        configuration = rebuild(run.configuration)
        assert run.seed == trial_seed(derive(1, "twins", run.seed_number), configuration)
        *_, last = train(problem, configuration, run.seed)
        assert (run.value, run.best_epoch) == (last.best.value, last.best.number)


@pytest.mark.slow
@pytest.mark.usefixtures("signals_heard")
def test_an_interrupted_comparison_keeps_what_is_done(tmp_path: Path) -> None:
    """Ctrl-C between runs: exit code 130, and the same command trains the rest only."""
    study = make_study_folder(tmp_path, epochs=40, patience=40, users=400)
    study.run("--trials", "1")
    process = study.start("--trials", "1", "--twins", "3", "--workers", "1")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("run   1"):
            process.send_signal(signal.SIGINT)
            break
    process.communicate(timeout=60)
    assert process.returncode == 130
    kept = len(read(study.storage, "blocks").twins)
    assert 2 <= kept < 9
    done = study.run("--trials", "1", "--twins", "3")
    assert f"what each half does: {9 - kept} runs" in done.stderr
    assert len(read(study.storage, "blocks").twins) == 9


@pytest.mark.slow
def test_a_twin_that_diverges_is_told_and_not_trained_again(study: StudyFolder) -> None:
    """Nor does it fail the command. Here every model diverges: the best trial is made up."""
    study.run("--trials", "1")
    url = study.storage
    stored = optuna.load_study(study_name="blocks", storage=open_storage(url))
    wild = {**of_trial(stored.trials[0])["hyperparameters"], "lr": 1.0, "batch_size": 2}
    trial = optuna.trial.create_trial(
        value=1.0, user_attrs={"hyperparameters": {**wild, "epochs": 12, "patience": 12}}
    )
    stored.add_trial(trial)
    done = study.run("--trials", "2", "--twins", "1")
    assert " failed: loss " in done.stdout
    assert "what each half does" not in study.run("--trials", "2", "--twins", "1").stderr
