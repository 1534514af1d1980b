"""A search space means the same to a person, to Optuna and to the model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from neumf.declaration import Value
from neumf.errors import UserError
from neumf.hyperparameters import HYPERPARAMETERS, hyperparameter_named
from studies.definition.space import Choices, Range, check_point, distributions

RANGED = [name for name, one in HYPERPARAMETERS.items() if not one.choices]


def hear(name: str, entry: Range | Choices) -> BaseDistribution:
    return entry.distribution(hyperparameter_named(name))


@pytest.mark.parametrize(
    ("name", "entry", "heard"),
    [
        ("lr", Range(low=1e-4, high=1e-2, log=True), FloatDistribution(1e-4, 1e-2, log=True)),
        ("dropout", Range(low=0, high=0.6), FloatDistribution(0.0, 0.6)),
        ("dropout", Range(low=0, high=0.6, step=0.2), FloatDistribution(0.0, 0.6, step=0.2)),
        ("dropout", Range(low=0.1, high=0.7, step=0.3), FloatDistribution(0.1, 0.7, step=0.3)),
        ("mlp_layers", Range(low=1, high=4), IntDistribution(1, 4)),
        ("mlp_layers", Range(low=1.0, high=4.0), IntDistribution(1, 4)),
        ("batch_size", Range(low=64, high=1024, log=True), IntDistribution(64, 1024, log=True)),
        ("predictive_factors", Range(low=8, high=64, step=8), IntDistribution(8, 64, step=8)),
        ("batch_size", Choices(choices=[256, 512.0]), CategoricalDistribution([256, 512])),
        (
            "negatives",
            Choices(choices=["once", "per-user"]),
            CategoricalDistribution(["once", "per-user"]),
        ),
    ],
)
def test_the_optuna_distribution(
    name: str, entry: Range | Choices, heard: BaseDistribution
) -> None:
    assert hear(name, entry) == heard


@pytest.mark.parametrize(
    ("name", "entry", "message"),
    [
        ("lr", Range(low=0.1, high=0.01), "lr: low = 0.1 lies above high = 0.01; swap them"),
        ("lr", Range(low=0.1, high=0.1), "leaves nothing to search; use [fixed]"),
        ("lr", Range(low=float("nan"), high=0.1), "lr = nan: must be a number"),
        ("dropout", Range(low=0.0, high=1.5), "dropout = 1.5: must lie between 0.0 and 0.95"),
        ("dropout", Range(low=-1, high=0.5), "dropout = -1.0: must lie between 0.0 and 0.95"),
        ("negative_ratio", Range(low=0, high=4), "negative_ratio = 0: must lie between 1 and 1000"),
        ("mlp_layers", Range(low=1.5, high=4), "mlp_layers = 1.5: must be a whole number"),
        (
            "predictive_factors",
            Range(low=7, high=63, step=8),
            "predictive_factors = 7: must be even",
        ),
        ("predictive_factors", Range(low=8, high=64), "use an even step and no log"),
        ("predictive_factors", Range(low=8, high=64, step=7), "use an even step and no log"),
        ("predictive_factors", Range(low=8, high=64, log=True), "use an even step and no log"),
        (
            "predictive_factors",
            Range(low=8, high=60, step=8),
            "step = 8 does not lead from 8 to 60; the last value would be 56",
        ),
        (
            "dropout",
            Range(low=0.0, high=0.5, step=0.2),
            "step = 0.2 does not lead from 0.0 to 0.5; the last value would be 0.4",
        ),
        ("dropout", Range(low=0.0, high=0.5, step=2), "does not lead from 0.0 to 0.5"),
        ("dropout", Range(low=0.0, high=0.5, step=0), "step = 0; it must be above 0"),
        ("dropout", Range(low=0.0, high=0.5, step=1e-300), "step = 1e-300 is too small; leave it"),
        ("dropout", Range(low=0.0, high=0.5, step=float("nan")), "step = nan; it must be above 0"),
        ("mlp_layers", Range(low=1, high=3, step=-1), "step = -1; it must be above 0"),
        ("mlp_layers", Range(low=1, high=3, step=float("inf")), "step = inf; it must be above 0"),
        ("mlp_layers", Range(low=1, high=4, step=1.5), "step = 1.5; it must be a whole number"),
        ("weight_decay", Range(low=0, high=1e-3, log=True), "low = 0.0 on a log scale"),
        ("lr", Range(low=0.1, high=0.5, log=True, step=0.1), "log and step exclude each other"),
        ("negatives", Range(low=1, high=2), "negatives: takes choices = [...], not a range"),
        ("batch_size", Choices(choices=[]), "choices = []; name two, or use [fixed]"),
        (
            "batch_size",
            Choices(choices=[256]),
            "choices = [256]; name two, or use [fixed]",
        ),
        (
            "batch_size",
            Choices(choices=[256, 512, 256]),
            "choices = [256, 512, 256] repeats a value",
        ),
        ("batch_size", Choices(choices=[256, 256.0]), "choices = [256, 256.0] repeats a value"),
        ("batch_size", Choices(choices=[0, 256]), "batch_size = 0: must lie between 1 and 1000000"),
        ("batch_size", Choices(choices=["256", 512]), "batch_size = '256': must be a number"),
        ("predictive_factors", Choices(choices=[8, 9]), "predictive_factors = 9: must be even"),
        ("negatives", Choices(choices=["once", "never"]), "negatives = 'never': must be one of"),
    ],
)
def test_a_space_that_makes_no_sense(name: str, entry: Range | Choices, message: str) -> None:
    """One line, with the hyperparameter, the value and the remedy."""
    with pytest.raises(UserError) as refused:
        hear(name, entry)
    assert name in str(refused.value)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unknown_hyperparameter() -> None:
    with pytest.raises(UserError, match="unknown hyperparameter 'droput'; did you mean 'dropout'"):
        distributions({"droput": Range(low=0, high=1)})


@st.composite
def ranges(draw: st.DrawFn) -> tuple[str, Range]:
    """A hyperparameter and two bounds, with a step, a log scale or neither; nearly all legal."""
    one = HYPERPARAMETERS[draw(st.sampled_from(RANGED))]
    unit: float
    low: float
    if one.type is int:
        unit, low = 1 + one.even, draw(st.integers(1, 4)) * (1 + one.even)
    else:
        unit, low = draw(st.sampled_from([0.05, 0.1])), draw(st.integers(1, 400)) / 1000
    high = round(low + unit * draw(st.integers(1, 5)), 3)
    log = not one.even and draw(st.booleans())
    stepped = one.even or (not log and draw(st.booleans()))
    return one.name, Range(low=low, high=high, step=unit if stepped else None, log=log)


@given(ranges(), st.data())
def test_every_point_that_optuna_may_draw_is_legal(
    entry: tuple[str, Range], data: st.DataObject
) -> None:
    """Of every range that is not refused; and the range says that it contains the point."""
    name, one = entry
    try:
        heard = hear(name, one)
    except UserError:
        reject()
    assert isinstance(heard, IntDistribution | FloatDistribution)
    point: Value
    if heard.step is not None:
        steps = data.draw(st.integers(0, round((heard.high - heard.low) / heard.step)))
        point = heard.low + steps * heard.step
    else:
        point = data.draw(st.floats(heard.low, heard.high))
    assert one.contains(HYPERPARAMETERS[name].check(min(point, heard.high)))
    assert heard.high == one.high


SPACE: dict[str, Range | Choices] = {
    "predictive_factors": Range(low=8, high=64, step=8),
    "lr": Range(low=1e-4, high=1e-2, log=True),
    "batch_size": Choices(choices=[256, 512]),
}


@pytest.mark.parametrize(
    "change", [{}, {"lr": 1e-4}, {"lr": 1e-2}, {"batch_size": 512.0}, {"predictive_factors": 64}]
)
def test_a_point_of_the_space(change: dict[str, Any]) -> None:
    """Bounds belong to it, and 512.0 is 512."""
    check_point({"predictive_factors": 8, "lr": 1e-3, "batch_size": 256} | change, SPACE, "here")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": 0.02}, "here: lr = 0.02 is not one of [space] 0.0001 to 0.01, log scale"),
        (
            {"predictive_factors": 12},
            "here: predictive_factors = 12 is not one of [space] 8 to 64 in steps of 8",
        ),
        ({"batch_size": 128}, "here: batch_size = 128 is not one of [space] 256, 512"),
        ({"dropout": 0.1}, "here: dropout is not in [space]; leave it to [fixed]"),
        ({"lrr": 0.1}, "unknown hyperparameter 'lrr'; did you mean 'lr'?"),
        ({"lr": "0.001"}, "lr = '0.001': must be a number"),
        ({"batch_size": None}, "batch_size = None: must be a number"),
    ],
)
def test_not_a_point_of_the_space(change: dict[str, Any], message: str) -> None:
    """Optuna would take it and break later."""
    point = {"predictive_factors": 8, "lr": 1e-3, "batch_size": 256} | change
    with pytest.raises(UserError) as refused:
        check_point(point, SPACE, "here")
    assert str(refused.value) == message


def test_a_point_names_everything() -> None:
    with pytest.raises(UserError, match="^here: batch_size, lr missing; give every"):
        check_point({"predictive_factors": 8}, SPACE, "here")
