"""A NeuMF's twins lack one part of it each, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from neumf.hyperparameters import Configuration
from neumf.training.loop import train
from neumf.training.pretraining import Pretraining
from neumf.twins import model_name, twins_of
from tests.worlds import blocks, problem_of

RECIPE: dict[str, Any] = {"lr": 0.02, "l2": 0.005, "dropout": 0.1, "epochs": 7, "patience": 2}


def changed(one: Configuration, other: Configuration) -> set[str]:
    """The hyperparameters that differ."""
    return {name for name, value in one.asdict().items() if other.asdict()[name] != value}


@pytest.mark.parametrize("gmf_factors", [-1, 24])
def test_each_half_alone_by_the_same_recipe(gmf_factors: int) -> None:
    """As wide as it is within the whole."""
    chosen = Configuration(predictive_factors=16, gmf_factors=gmf_factors, mlp_layers=2, **RECIPE)
    gmf, mlp = twins_of(chosen)
    assert (gmf.name, gmf.lacks) == ("GMF alone", "the MLP")
    assert (mlp.name, mlp.lacks) == ("MLP alone", "the GMF half")
    assert changed(gmf.configuration, chosen) == {"mlp_layers"}
    assert gmf.configuration.gmf_width == chosen.gmf_width
    assert changed(mlp.configuration, chosen) == {"gmf_factors"}
    assert mlp.configuration.gmf_width == 0
    for twin in (gmf, mlp):
        assert model_name(twin.configuration) == twin.name
    assert model_name(chosen) == "NeuMF"


def test_half_a_model_has_no_twins() -> None:
    for alone in (Configuration(mlp_layers=0), Configuration(gmf_factors=0)):
        assert twins_of(alone) == ()
    assert twins_of(Configuration(mlp_layers=0, alpha=0.5)) == (), "two GMFs have no MLP"


def test_a_joined_gmf_is_compared_as_it_was_trained() -> None:
    """The GMF by its own recipe, the MLP by the other; and its partner, if that has a GMF too."""
    chosen = Configuration(mlp_layers=1, alpha=0.6, pretrained_l2=0.01, **RECIPE)
    gmf, mlp, apart = twins_of(chosen)
    assert (gmf.configuration.pretrained, gmf.configuration.alpha) == (chosen.pretrained, 1.0)
    assert (apart.lacks, apart.configuration) == ("the join", chosen.own)
    assert (gmf.has_epochs, mlp.has_epochs, apart.has_epochs) == (False, True, True)
    assert mlp.configuration == replace(chosen.own, gmf_factors=0)
    assert not any(twin.configuration.is_joined for twin in (mlp, apart))


def test_an_mlp_with_a_joined_gmf_is_a_neumf() -> None:
    """Its partner is the MLP alone, which is compared once."""
    chosen = Configuration(gmf_factors=0, alpha=-1, **RECIPE)
    assert model_name(chosen) == "NeuMF"
    gmf, mlp = twins_of(chosen)
    assert (gmf.configuration.pretrained, gmf.lacks) == (chosen.pretrained, "the MLP")
    assert (mlp.configuration, mlp.lacks) == (chosen.own, "the GMF")


def test_several_joined_gmfs_are_compared_as_their_mean() -> None:
    """Which only a join is: the same GMFs, with all the weight, beside next to nothing."""
    join: dict[str, Any] = {
        "alpha": 0.6,
        "pretrained_copies": 2,
        "pretrained_epochs": 3,
        "tuning_epochs": 1,
    }
    chosen = Configuration(**join, **RECIPE)
    gmf = twins_of(chosen)[0].configuration
    problem = problem_of(blocks())
    (alone,) = train(problem, gmf, 1, pretraining=Pretraining(5))
    assert (alone.alpha, alone.number) == (1.0, 1)
    whole = next(train(problem, chosen, 1, pretraining=Pretraining(5)))
    heaviest = replace(chosen, alpha=1.0)
    assert alone.metrics == next(train(problem, heaviest, 1, pretraining=Pretraining(5))).metrics
    assert alone.metrics != whole.metrics
    once = next(train(problem, replace(gmf, pretrained_copies=1), 1, pretraining=Pretraining(5)))
    assert alone.metrics != once.metrics
