"""What a NeuMF is compared with to learn what each of its parts contributes: the models that lack
one of them, trained by the same recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from neumf.hyperparameters import JOINING, Configuration


class Twin(NamedTuple):
    """A configuration that lacks one part of another and shares the rest with it."""

    name: str
    lacks: str
    configuration: Configuration
    has_epochs: bool = True  # to choose the best one from, as the model that it is compared with


def twins_of(configuration: Configuration) -> tuple[Twin, ...]:
    """The twins of a NeuMF. None for one half alone, from which nothing can be taken away.

    Where a GMF is joined, it is GMF alone as it is, and its partner is a twin as well.
    """
    if model_name(configuration) != "NeuMF":
        return ()
    own = configuration.own
    mlp_alone = replace(own, gmf_factors=0)
    if not configuration.is_joined:
        gmf_alone = replace(own, mlp_layers=0)
        return Twin("GMF alone", "the MLP", gmf_alone), Twin("MLP alone", "the GMF half", mlp_alone)
    gmf_alone = _trained_apart(configuration)
    if own.gmf_width == 0:
        return (
            Twin("GMF alone", "the MLP", gmf_alone, has_epochs=False),
            Twin("MLP alone", "the GMF", mlp_alone),
        )
    return (
        Twin("GMF alone", "the joined NeuMF", gmf_alone, has_epochs=False),
        Twin("MLP alone", "GMF", mlp_alone),
        Twin("without the join", "the join", own),
    )


def model_name(configuration: Configuration) -> str:
    """NeuMF, GMF alone or MLP alone."""
    if configuration.mlp_layers == 0:
        return "GMF alone"
    if configuration.gmf_width == 0 and not configuration.is_joined:
        return "MLP alone"
    return "NeuMF"


def _trained_apart(configuration: Configuration) -> Configuration:
    """The GMF of a join, by itself, as it is joined: its last epoch, the mean of several. That is
    a join in which it has all the weight, and what has none is small and soon trained."""
    joined = configuration.asdict()
    gmf: dict[str, Any] = {name: joined[name] for name in JOINING}
    rest: dict[str, Any] = {"predictive_factors": 2, "gmf_factors": 0, "mlp_layers": 1}
    gmf |= {"alpha": 1.0, "tuning_epochs": 0}
    return Configuration(**gmf, **rest, negative_ratio=1, epochs=1)
