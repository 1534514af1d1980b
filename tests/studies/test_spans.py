"""Which worker did what, and when, is stored and read back."""

from __future__ import annotations

import numpy as np
import pytest
from optuna.storages import InMemoryStorage

from neumf.baselines.catalogue import BASELINES
from neumf.baselines.tuning import Tuned
from neumf.evaluation.measurement import Measurement
from studies.ledger.contenders import contenders
from studies.ledger.ledger import Ledger
from studies.ledger.measured_runs import MeasuredRuns
from studies.results.readback import read_from
from studies.storage.baselines import store_refusal, store_tuned
from studies.storage.names import confirmation_of, opening_of
from tests.studies.fresh_runs import LISTS, SEED, model
from tests.studies.synthetic import DATA, define, finish

DEFINITION = define(3, search={"seed": SEED})


@pytest.fixture
def storage() -> InMemoryStorage:
    return InMemoryStorage()


def workers(storage: InMemoryStorage) -> list[int | None]:
    return [trial.worker for trial in read_from(storage, "made").trials]


def test_a_trials_worker_is_known_while_it_runs(storage: InMemoryStorage) -> None:
    """A page that is built meanwhile, or after the coordinator was killed, tells it."""
    ledger = Ledger(storage, DEFINITION, DATA)
    for worker in (1, 0):
        assert ledger.ask(worker) is not None
    assert workers(storage) == [1, 0]
    Ledger(storage, DEFINITION, DATA)  # the first was killed
    assert workers(storage) == [1, 0, None, None]


def test_a_repeated_configuration_had_no_worker(storage: InMemoryStorage) -> None:
    """Its result is taken over, and its worker is not."""
    two = {"batch_size": {"choices": [256, 512]}}
    ledger = Ledger(storage, define(5, space=two, search={"seed": 0}), DATA)
    while job := ledger.ask(5):
        ledger.fail(job.number, "NaN")
    assert sorted(map(str, workers(storage))) == ["5", "5", "None", "None", "None"]


@pytest.mark.parametrize(
    ("beside", "phase"), [(confirmation_of, "confirming"), (opening_of, "opening")]
)
def test_runs_tell_when_they_were_made_and_by_whom(
    storage: InMemoryStorage, beside: object, phase: str
) -> None:
    """Also those that were interrupted."""
    assert callable(beside)
    finish(Ledger(storage, DEFINITION, DATA))
    several = contenders(storage, DEFINITION, 1)
    runs = MeasuredRuns(storage, "made", beside("made"), several, LISTS, study_seed=SEED, seeds=2)
    first, second = runs.ask(1), runs.ask(0)
    assert first is not None
    assert second is not None
    runs.complete(first.number, model())
    runs.interrupt(second.number, "Ctrl-C")
    spans = read_from(storage, "made").beside
    trial = several[0].of_trial
    assert [(s.phase, s.name, s.state, s.worker, s.trial) for s in spans] == [
        (phase, f"trial {trial}, fresh seed 1", "complete", 1, trial),
        (phase, f"trial {trial}, fresh seed 2", "interrupted", 0, trial),
    ]
    assert all(span.started <= span.finished for span in spans)


def test_a_simple_model_tells_how_long_it_was_tuned(storage: InMemoryStorage) -> None:
    """One that was refused took no time."""
    finish(Ledger(storage, DEFINITION, DATA))
    ease, popularity = BASELINES["ease"], BASELINES["popularity"]
    found = Measurement(None, np.ones(3, np.int64))
    store_tuned(storage, "made", ease, Tuned("ease", {"l2": 300.0}, found, 0.4, (), 1.5))
    store_refusal(storage, "made", popularity, "is too large")
    (span,) = read_from(storage, "made").beside
    assert (span.phase, span.name, span.worker, span.seconds) == (
        *("simple models", "EASE^R", None, 1.5),
    )
