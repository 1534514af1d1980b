"""What a study definition may say, and what every part of it means."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

from optuna.distributions import BaseDistribution
from pydantic import Field

from neumf.data.source import DataSource
from neumf.errors import UserError, did_you_mean
from neumf.hyperparameters import HYPERPARAMETERS, Configuration, Value
from neumf.model.parameters import Architecture
from neumf.protocol.evaluation_protocol import EvaluationProtocol
from neumf.tables import Table
from studies.definition.space import Entry, check_point, distributions

NARROWED = ("mlp_layers", "predictive_factors")
"""The hyperparameters that are lowered to keep within a limit, in this order."""


class Sampler(Table):
    """How configurations are chosen: seeded TPE, or at random."""

    kind: Literal["tpe", "random"] = "tpe"
    startup_trials: int = Field(default=10, ge=1, le=100_000)


class Pruner(Table):
    """When a trial is pruned: its best so far is below the median (or ``percentile``) of the other
    trials at that epoch, after ``startup_trials`` trials and ``warmup_epochs`` epochs."""

    kind: Literal["median", "percentile", "none"] = "median"
    percentile: float = Field(default=50.0, gt=0, lt=100)
    startup_trials: int = Field(default=10, ge=0, le=100_000)
    warmup_epochs: int = Field(default=5, ge=0, le=100_000)


class Limits(Table):
    """What no configuration may exceed: cuts off a corner of the space that costs more than it
    gains."""

    mlp_width: int | None = Field(default=None, ge=1)
    """Of an MLP embedding: predictive_factors * 2**mlp_layers / 4. The work of a step grows with
    its square."""


class Search(Table):
    """The total number of trials, and how they are chosen and pruned."""

    seed: int = Field(default=0, ge=0, lt=2**32)
    trials: int = Field(default=100, ge=1, le=1_000_000)
    sampler: Sampler = Sampler()
    pruner: Pruner = Pruner()


class StartingPoint(Table):
    """A configuration to try before the sampler chooses, with a name to compare by."""

    name: str = Field(min_length=1)
    configuration: dict[str, int | float | str]


class Definition(Table):
    """One study: data, protocol, search space and its limits, what is fixed, what is tried first,
    budget."""

    name: str = Field(min_length=1, max_length=200)
    description: str = ""
    data: DataSource
    protocol: EvaluationProtocol = EvaluationProtocol()
    space: dict[str, Entry]
    limits: Limits = Limits()
    fixed: dict[str, int | float | str] = Field(default_factory=dict)
    starting_points: list[StartingPoint] = Field(default_factory=list)
    search: Search = Search()

    @cached_property
    def distributions(self) -> dict[str, BaseDistribution]:
        """The search space as Optuna distributions."""
        return distributions(self.space)

    def configuration(self, params: dict[str, Value]) -> Configuration:
        """The whole configuration of a trial: searched, fixed and default values."""
        values: dict[str, Any] = {**self.fixed, **params}
        return Configuration(**values)

    def mlp_width(self, params: dict[str, Value]) -> int:
        """Width of an MLP embedding in a configuration."""
        h = self.configuration(params)
        return Architecture(1, 1, h.predictive_factors, h.mlp_layers).mlp_width

    def fits(self, params: dict[str, Value]) -> bool:
        """Whether a configuration keeps within the limits."""
        return self.limits.mlp_width is None or self.mlp_width(params) <= self.limits.mlp_width

    def within_limits(self, params: dict[str, Value]) -> dict[str, Value]:
        """The configuration, or with less depth, and then less width, as far as the limits ask."""
        for name in NARROWED:
            if name in self.space:
                lower = [v for v in self.space[name].whole() if v < int(params[name])]
                while lower and not self.fits(params):
                    params = {**params, name: lower.pop()}
        return params

    def check(self) -> None:
        """Everything that the types cannot express.

        Raises:
            UserError: the first thing that is wrong.
        """
        self.data.check()
        self.protocol.check()
        if not self.space:
            raise UserError("[space] is empty: name at least one hyperparameter to search")
        both = sorted(self.space.keys() & self.fixed.keys())
        if both:
            raise UserError(f"{both[0]} is in both [space] and [fixed]; keep one")
        distributions(self.space)  # refuses an illegal range
        for name, value in self.fixed.items():
            if name not in HYPERPARAMETERS:
                raise UserError(
                    f"[fixed]: unknown hyperparameter {name!r}{did_you_mean(name, HYPERPARAMETERS)}"
                )
            HYPERPARAMETERS[name].check(value)
        labels = [starting_point.name for starting_point in self.starting_points]
        for label in labels:
            if labels.count(label) > 1:
                raise UserError(f"two [[starting_points]] are called {label!r}; rename one")
        for starting_point in self.starting_points:
            check_point(
                starting_point.configuration,
                self.space,
                f"[[starting_points]] {starting_point.name!r}",
            )
        self._check_limits()

    def _check_limits(self) -> None:
        limit = f"[limits] mlp_width = {self.limits.mlp_width}"
        narrowest: dict[str, Value] = {
            name: self.space[name].whole()[0] for name in NARROWED if name in self.space
        }
        if not self.fits(narrowest):
            raise UserError(
                f"{limit}: the narrowest configuration of [space] has {self.mlp_width(narrowest)};"
                " raise it, or lower predictive_factors or mlp_layers"
            )
        for starting_point in self.starting_points:
            if not self.fits(starting_point.configuration):
                raise UserError(
                    f"[[starting_points]] {starting_point.name!r} has an MLP width of"
                    f" {self.mlp_width(starting_point.configuration)}, beyond {limit}"
                )
