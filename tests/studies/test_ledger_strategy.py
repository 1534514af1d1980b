"""How a study chooses: its sampler and its pruner."""

from __future__ import annotations

from typing import Any

import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from neumf.hyperparameters import Configuration
from studies.ledger.ledger import Ledger
from studies.storage import record
from studies.storage.facts import of_trial
from tests.studies.synthetic import DATA, NO_PRUNER, STARTING_POINTS, define, finish, peak, stored


@pytest.mark.parametrize("kind", ["median", "percentile"])
def test_a_bad_trial_is_pruned_by_the_others(kind: str) -> None:
    """After the start-up trials and the warm-up epochs, not before; its curve is kept, and its
    stored value is its last."""
    pruner = {"kind": kind, "startup_trials": 4, "warmup_epochs": 2}
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(6, search={"pruner": pruner}), DATA)
    curves = iter([[0.1] * 5, *[[0.3, 0.31, 0.32, 0.33, 0.34]] * 4, [0.29, 0.28, 0.27, 0.5]])
    finish(ledger, lambda _: next(curves))
    first, *good, bad = stored(storage)
    assert {trial.state for trial in (first, *good)} == {TrialState.COMPLETE}
    assert bad.state == TrialState.PRUNED
    assert bad.intermediate_values == {1: 0.29, 2: 0.28, 3: 0.27}
    assert bad.value == 0.27
    assert bad.user_attrs[record.REASON] == "pruned after epoch 3"
    assert record.BEST_EPOCH not in bad.user_attrs
    assert record.stored_metrics(of_trial(bad))["nDCG@10"] == 0.27


def test_without_a_pruner_nothing_is_pruned() -> None:
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(15, search=NO_PRUNER), DATA)
    curves = iter([[0.9 - 0.01 * n] * 3 for n in range(15)])
    finish(ledger, lambda _: next(curves))
    assert {trial.state for trial in stored(storage)} == {TrialState.COMPLETE}


@pytest.mark.parametrize("kind", ["tpe", "random"])
def test_the_same_seed_gives_the_same_study(kind: str) -> None:
    """Configurations, seeds and values, in a fresh storage, beyond the sampler's start-up."""
    search = {"sampler": {"kind": kind, "startup_trials": 4}, "seed": 11}
    one, same = InMemoryStorage(), InMemoryStorage()
    for storage in (one, same):
        finish(Ledger(storage, define(10, starting_points=STARTING_POINTS, search=search), DATA))
    for a, b in zip(stored(one), stored(same), strict=True):
        assert (a.params, a.values, a.state) == (b.params, b.values, b.state)
        assert of_trial(a) == of_trial(b)
    other = InMemoryStorage()
    finish(Ledger(other, define(10, search=search | {"seed": 12}), DATA))
    assert [t.params for t in stored(other)] != [t.params for t in stored(one)]


def test_the_sampler_learns() -> None:
    """TPE ends nearer the best learning rate than it began."""
    storage = InMemoryStorage()
    finish(Ledger(storage, define(30, search=NO_PRUNER), DATA))
    values = [peak(Configuration(**trial.params))[3] for trial in stored(storage)]
    assert sum(values[-10:]) > sum(values[:10])


WIDE: dict[str, Any] = {
    "lr": {"low": 1e-4, "high": 1e-2, "log": True},
    "predictive_factors": {"low": 8, "high": 128, "step": 8},
    "mlp_layers": {"low": 1, "high": 3},
}


@pytest.mark.parametrize("kind", ["tpe", "random"])
def test_no_configuration_exceeds_the_limits(kind: str) -> None:
    """Before and after the sampler's start-up; all that fits is still found, depth or width."""
    search = {**NO_PRUNER, "sampler": {"kind": kind, "startup_trials": 20}}
    definition = define(60, space=WIDE, limits={"mlp_width": 64}, search=search)
    one, same = InMemoryStorage(), InMemoryStorage()
    for storage in (one, same):
        finish(Ledger(storage, definition, DATA))
    shapes = [(t.params["predictive_factors"], t.params["mlp_layers"]) for t in stored(one)]
    assert all(factors * 2**layers / 4 <= 64 for factors, layers in shapes)
    assert max(factors for factors, _ in shapes) > 64
    assert any(factors * 2 ** (layers + 1) / 4 > 64 for factors, layers in shapes if layers < 3)
    assert {layers for _, layers in shapes} == {1, 2, 3}
    assert [t.params for t in stored(same)] == [t.params for t in stored(one)]


def test_where_almost_nothing_fits_width_gives_way_too() -> None:
    space = {**WIDE, "predictive_factors": {"low": 2, "high": 512, "step": 2}}
    space["mlp_layers"] = {"low": 1, "high": 8}
    storage = InMemoryStorage()
    finish(Ledger(storage, define(3, space=space, limits={"mlp_width": 1}), DATA))
    shapes = [(t.params["predictive_factors"], t.params["mlp_layers"]) for t in stored(storage)]
    assert shapes == [(2, 1)] * 3
    assert len({t.params["lr"] for t in stored(storage)}) == 3
