"""Long studies: their samplers and pruners look at some of the trials."""

from __future__ import annotations

import optuna
import pytest
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from studies.ledger import thinning as module
from studies.ledger.ledger import Ledger
from studies.ledger.thinning import ThinnedPruner, ThinnedStudy, ThinnedTPE
from tests.studies.synthetic import DATA, define, finish, stored

SPACE: dict[str, BaseDistribution] = {"x": FloatDistribution(0.0, 1.0)}


def study_of(sampler: optuna.samplers.BaseSampler, trials: int) -> optuna.Study:
    """The nearer to 0.3 the better; every third trial is left open for two more."""
    study = optuna.create_study(direction="maximize", sampler=sampler)
    open_ = []
    for _ in range(trials):
        open_.append(study.ask(SPACE))
        if len(open_) == 3:
            for trial in open_:
                study.tell(trial, -abs(trial.params["x"] - 0.3))
            open_ = []
    return study


def test_a_short_study_is_seen_whole() -> None:
    """It chooses as Optuna's own sampler does, bit for bit."""
    ours = study_of(ThinnedTPE(seed=3, n_startup_trials=5), 40)
    theirs = study_of(TPESampler(seed=3, n_startup_trials=5), 40)
    assert [t.params for t in ours.trials] == [t.params for t in theirs.trials]


def test_of_a_long_study_some_trials_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every seventh of 62, the latest, of which two are open, and the best, also a new one."""
    for name, number in {"MOST": 10, "LATEST": 4}.items():
        monkeypatch.setattr(module, name, number)
    study = study_of(ThinnedTPE(seed=0, n_startup_trials=5), 62)
    seen = ThinnedStudy(study, best=3)
    for value in (None, 1.0):
        if value is not None:
            study.tell(60, value)
        complete = [t for t in study.trials if t.state == TrialState.COMPLETE]
        best = {t.number for t in sorted(complete, key=lambda t: -(t.value or 0.0))[:3]}
        numbers = sorted({*range(0, 62, 7), *range(58, 62), *best})
        trials = seen.get_trials(deepcopy=False)
        assert [t.number for t in trials] == numbers
        ended = seen.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        assert ended == [t for t in trials if t.state == TrialState.COMPLETE]


def test_an_interrupted_study_looks_at_the_same_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each trial that an interruption has cost takes up a number, and nothing else."""
    for name, number in {"MOST": 10, "LATEST": 4}.items():
        monkeypatch.setattr(module, name, number)
    values = [0.01 * (7 * n % 62) for n in range(62)]
    in_peace, interrupted = (optuna.create_study(direction="maximize") for _ in range(2))
    for n, value in enumerate(values):
        if n % 5 == 3:
            interrupted.add_trial(optuna.create_trial(state=TrialState.FAIL))
        for study in (in_peace, interrupted):
            study.add_trial(optuna.create_trial(value=value))
    one, other = (
        ThinnedStudy(s, best=3).get_trials(deepcopy=False) for s in (in_peace, interrupted)
    )
    assert [t.value for t in other] == [t.value for t in one]
    assert {max(values), values[-1], values[0]} <= {t.value for t in one}
    assert len(one) < 20


def test_a_sampler_never_looks_at_the_whole_study(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even to find what all trials have searched, each time anew."""
    sampler = ThinnedTPE(seed=0, n_startup_trials=5, multivariate=True)
    study = study_of(sampler, 12)
    study.ask()
    trial = study.trials[-1]

    def whole(*_: object, **__: object) -> list[FrozenTrial]:
        raise AssertionError("looked at")

    monkeypatch.setattr(optuna.Study, "_get_trials", whole)
    assert sampler.infer_relative_search_space(study, trial) == SPACE
    assert sampler.sample_relative(study, trial, SPACE).keys() == SPACE.keys()
    assert 0.0 <= sampler.sample_independent(study, trial, "x", SPACE["x"]) <= 1.0


def test_a_pruner_compares_with_what_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 12 trials two of three are bad: the others alone are looked at."""
    monkeypatch.setattr(module, "LATEST", 1)
    study = optuna.create_study(direction="maximize")
    for value in (0.9, 0.1, 0.1) * 4:
        study.add_trial(optuna.create_trial(value=value, intermediate_values={3: value}))
    between = FrozenTrial(99, TrialState.RUNNING, None, None, None, {}, {}, {}, {}, {3: 0.5}, 99)
    pruner = ThinnedPruner(MedianPruner(2, 1))
    assert not pruner.prune(study, between)
    monkeypatch.setattr(module, "MOST", 4)
    assert pruner.prune(study, between)


def test_a_ledger_of_a_long_study_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit, to its exact total, and the same again."""
    for name, value in {"MOST": 12, "LATEST": 5, "BEST": 3}.items():
        monkeypatch.setattr(module, name, value)
    one, same = InMemoryStorage(), InMemoryStorage()
    for storage in (one, same):
        finish(Ledger(storage, define(40), DATA))
    assert [t.params for t in stored(one)] == [t.params for t in stored(same)]
    assert len(stored(one)) == 40
