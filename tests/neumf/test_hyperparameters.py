"""A configuration is named once, and is legal or refused in one line."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.errors import UserError, did_you_mean
from neumf.hyperparameters import HYPERPARAMETERS, STOPPING, Configuration, hyperparameter_named

NUMBERS = [s for s in HYPERPARAMETERS.values() if not s.choices]
WORDS = [s for s in HYPERPARAMETERS.values() if s.choices]


def test_the_defaults_are_the_notebooks() -> None:
    notebook = {"predictive_factors": 8, "mlp_layers": 3, "dropout": 0.3, "lr": 1e-3}
    rest = {"negative_ratio": 4, "batch_size": 256, "negatives": "every-epoch"}
    assert Configuration().asdict().items() >= (notebook | rest).items()


def test_every_setting_is_described_and_its_default_legal() -> None:
    assert list(HYPERPARAMETERS) == list(Configuration().asdict())
    for name, one in HYPERPARAMETERS.items():
        assert one.name == name
        assert one.help
        assert one.check(one.default) == one.default
        assert type(one.default) is one.type
    assert set(STOPPING) <= HYPERPARAMETERS.keys()


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("predictive_factors", 7, "must be even"),
        ("predictive_factors", 0, "must lie between 2 and 1024"),
        ("predictive_factors", 8.5, "must be a whole number"),
        ("mlp_layers", -1, "must lie between 0 and 8"),
        ("gmf_factors", -2, "must lie between -1 and 1024"),
        ("l2", -1e-9, "must lie between 0.0 and 1.0"),
        ("init_std", 0.0, "must lie between 1e-06 and 10.0"),
        ("optimizer", "adagrad", "must be one of adam, sgd"),
        ("schedule", "step", "must be one of constant, linear, cosine"),
        ("gmf_output", "one", "must be one of auto, learnt, fixed"),
        ("mlp_layers", 10**400, "must be a number"),
        ("dropout", 1.5, "must lie between 0.0 and 0.95"),
        ("dropout", -0.1, "must lie between 0.0 and 0.95"),
        ("dropout", "0.3", "must be a number"),
        ("dropout", True, "must be a number"),
        ("dropout", None, "must be a number"),
        ("dropout", [0.3], "must be a number"),
        ("lr", math.nan, "must be a number"),
        ("lr", math.inf, "must be a number"),
        ("lr", 0.0, "must lie between 1e-08 and 1.0"),
        ("negative_ratio", 0, "must lie between 1 and 1000"),
        ("batch_size", -256, "must lie between 1 and 1000000"),
        ("weight_decay", -1e-9, "must lie between 0.0 and 1.0"),
        ("epochs", 0, "must lie between 1 and 10000"),
        ("patience", 0, "must lie between 1 and 10000"),
        ("negatives", "never", "must be one of every-epoch, once, per-user"),
        ("update", 1, "must be one of auto, dense, lazy"),
    ],
)
def test_an_illegal_value_is_refused_in_one_line(name: str, value: Any, remedy: str) -> None:
    """The line names the hyperparameter, the value and what would be legal."""
    with pytest.raises(UserError) as refused:
        Configuration(**{name: value})
    line = str(refused.value)
    assert line.startswith(f"{name} = {value!r}: {remedy}")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (
            {"mlp_layers": 0, "gmf_factors": 0},
            "mlp_layers = 0 and gmf_factors = 0 leave no model: give one of them 1 or more",
        ),
        (
            {"optimizer": "sgd", "weight_decay": 1e-6},
            "weight_decay = 1e-06: a part of adam; with sgd use l2 instead",
        ),
    ],
)
def test_values_that_do_not_go_together_are_refused(values: dict[str, Any], line: str) -> None:
    """In one line; each of them alone is legal."""
    with pytest.raises(UserError) as refused:
        Configuration(**values)
    assert str(refused.value) == line
    for name, value in values.items():
        Configuration(**{name: value})


def test_gmf_is_half_unless_it_has_a_width() -> None:
    assert [Configuration(gmf_factors=g).gmf_width for g in (-1, 0, 5)] == [4, 0, 5]
    assert not Configuration(gmf_factors=0, gmf_output="fixed").fixes_gmf_output


def test_a_number_takes_the_settings_own_type() -> None:
    """TOML and Optuna may say 8.0 for 8 and 0 for 0.0."""
    configuration = Configuration(mlp_layers=2.0, dropout=0)  # type: ignore[arg-type]
    assert repr(configuration.mlp_layers) == "2"
    assert repr(configuration.dropout) == "0.0"
    assert configuration == Configuration(mlp_layers=2, dropout=0.0)


def test_a_setting_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Configuration().lr = 0.1  # type: ignore[misc]


@given(st.data())
def test_legal_is_what_lies_within_the_bounds(data: st.DataObject) -> None:
    """Every number in the bounds passes unchanged; every other is refused."""
    one = data.draw(st.sampled_from(NUMBERS))
    numbers = st.integers() if one.type is int else st.floats(allow_nan=False)
    value = data.draw(numbers)
    within = one.low <= value <= one.high and not (one.even and value % 2)
    if within:
        assert one.check(value) == value
        assert type(one.check(value)) is one.type
    else:
        with pytest.raises(UserError, match=f"^{one.name} = "):
            one.check(value)


@pytest.mark.parametrize("one", WORDS, ids=[s.name for s in WORDS])
@given(word=st.text())
def test_a_choice_is_one_of_the_words(one: Any, word: str) -> None:
    assert all(one.check(choice) == choice for choice in one.choices)
    if word not in one.choices:
        with pytest.raises(UserError, match="must be one of"):
            one.check(word)


def test_a_misspelt_name_gets_a_hint() -> None:
    assert hyperparameter_named("dropout") is HYPERPARAMETERS["dropout"]
    with pytest.raises(UserError, match="^unknown hyperparameter 'droput'; did you mean 'dropout'"):
        hyperparameter_named("droput")
    with pytest.raises(UserError, match="^unknown hyperparameter 'zzz'; known are alpha, "):
        hyperparameter_named("zzz")


def test_a_hint_is_the_nearest_name_or_all_of_them() -> None:
    assert did_you_mean("leraning", ["lr", "learning"]) == "; did you mean 'learning'?"
    assert did_you_mean("zzz", ["b", "a"]) == "; known are a, b"
