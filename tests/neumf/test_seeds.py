"""Randomness derives from (study seed, configuration, purpose), today and in years."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.hyperparameters import HYPERPARAMETERS, JOINING, STOPPING, Configuration
from neumf.seeds import derive, generator, trial_seed

OTHER = {
    "predictive_factors": 16,
    "gmf_factors": 16,
    "mlp_layers": 2,
    "dropout": 0.25,
    "lr": 2e-3,
    "negative_ratio": 5,
    "batch_size": 512,
    "optimizer": "sgd",
    "schedule": "linear",
    "l2": 0.005,
    "init_std": 0.1,
    "gmf_output": "fixed",
    "weight_decay": 1e-6,
    "epochs": 31,
    "patience": 6,
    "negatives": "once",
    "update": "dense",
    "alpha": 0.5,
    "pretrained_factors": 64,
    "pretrained_lr": 0.01,
    "pretrained_l2": 0.004,
    "pretrained_negative_ratio": 4,
    "pretrained_epochs": 16,
    "pretrained_init_std": 0.01,
    "pretrained_copies": 2,
    "tuning_epochs": 2,
    "tuning_lr": 1e-4,
}
"""A value other than the default, of every hyperparameter."""


def test_known_values() -> None:
    """A stored study can be gone on with as long as these hold."""
    assert derive(0, "split") == 4933647517844995975
    assert derive(7, "candidates", "validation") == 14846160494823623054
    assert trial_seed(0, Configuration()) == 5808689176145286249
    assert trial_seed(0, Configuration(dropout=0.1, lr=0.01)) == 8772431764302756798


def test_a_default_does_not_count() -> None:
    """So the seeds of earlier trials stay when a hyperparameter is added."""
    assert trial_seed(0, Configuration()) == derive(0, "trial", "{}")
    assert trial_seed(0, Configuration(lr=0.01)) == derive(0, "trial", '{"lr": 0.01}')


@pytest.mark.parametrize("name", HYPERPARAMETERS)
def test_only_when_to_stop_and_what_to_join_leave_the_seed_alone(name: str) -> None:
    """What a model is joined to does not change how the model itself is trained."""
    before = Configuration(alpha=0.25)
    changed = replace(before, **{name: OTHER[name]})  # type: ignore[arg-type]
    same = trial_seed(0, changed) == trial_seed(0, before)
    assert same == (name in STOPPING or name in JOINING)


def test_the_studys_seed_counts() -> None:
    assert trial_seed(0, Configuration()) != trial_seed(1, Configuration())


def test_equal_settings_have_equal_seeds() -> None:
    """However they were written."""
    written = Configuration(dropout=0, mlp_layers=2.0)  # type: ignore[arg-type]
    assert trial_seed(0, written) == trial_seed(0, Configuration(dropout=0.0, mlp_layers=2))


@given(st.lists(st.tuples(st.integers(0, 99), st.text(max_size=3)), unique=True, max_size=50))
def test_other_purposes_have_other_seeds(purposes: list[tuple[int, str]]) -> None:
    seeds = {derive(seed, purpose) for seed, purpose in purposes}
    assert len(seeds) == len(purposes)
    assert all(0 <= seed < 2**64 for seed in seeds)


def test_a_purpose_is_not_its_parts_run_together() -> None:
    assert len({derive(0, "ab", "c"), derive(0, "a", "bc"), derive(0, "abc")}) == 3
    assert derive(0, "1") != derive(0, 1)


def test_generators_are_fresh() -> None:
    """The same purpose starts again, another one elsewhere."""
    first = generator(5, "order", 1).integers(0, 1 << 40, 20)
    assert (generator(5, "order", 1).integers(0, 1 << 40, 20) == first).all()
    assert (generator(5, "order", 2).integers(0, 1 << 40, 20) != first).any()
