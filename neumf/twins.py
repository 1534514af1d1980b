"""What a NeuMF is compared with to learn what each of its halves contributes: either half alone,
trained by the same recipe."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from neumf.hyperparameters import Configuration


class Twin(NamedTuple):
    """A configuration that lacks one part of another and shares all else with it."""

    name: str
    lacks: str
    configuration: Configuration


def twins_of(configuration: Configuration) -> tuple[Twin, ...]:
    """The twins of a NeuMF. Empty for one half alone, which has nothing to take away."""
    if model_name(configuration) != "NeuMF":
        return ()
    return (
        Twin("GMF alone", "the MLP", replace(configuration, mlp_layers=0)),
        Twin("MLP alone", "the GMF half", replace(configuration, gmf_factors=0)),
    )


def model_name(configuration: Configuration) -> str:
    """NeuMF, GMF alone or MLP alone."""
    if configuration.mlp_layers == 0:
        return "GMF alone"
    return "MLP alone" if configuration.gmf_width == 0 else "NeuMF"
