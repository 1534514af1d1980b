"""What a study definition may say, and what every part of it means."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from optuna.distributions import BaseDistribution
from pydantic import Field

from neumf.baselines.catalogue import BASELINES
from neumf.data.source import DataSource
from neumf.declaration import Value
from neumf.errors import UserError
from neumf.hyperparameters import Configuration, hyperparameter_named
from neumf.model.parameters import Architecture
from neumf.protocol.evaluation_protocol import EvaluationProtocol
from neumf.tables import Table
from studies.definition.branches import Branch, cases, check_branches, describe
from studies.definition.legality import check_points
from studies.definition.param_names import hyperparameter_of, on_branch
from studies.definition.space import Entry, Space, check_fixed, check_point, distributions
from studies.results.opening import NEUMF

TAKEN = frozenset({NEUMF, *BASELINES})
"""Names of models that starting points are compared with once the test split is opened."""

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
    stop: Literal["trials", "settled"] = "trials"
    """``settled``: also before the total, once more trials would bring less than another seed."""
    sampler: Sampler = Sampler()
    pruner: Pruner = Pruner()


class StartingPoint(Table):
    """A configuration to try before the sampler chooses, with a name to compare by."""

    name: str = Field(min_length=1)
    configuration: dict[str, int | float | str]


class Definition(Table):
    """One study: data, protocol, search space, its branches and limits, what is fixed, what is
    tried first, budget.

    ``params`` are a trial's searched values by Optuna's names (see
    :mod:`studies.definition.param_names`), ``values`` those of a configuration by their own.
    """

    name: str = Field(min_length=1, max_length=200)
    description: str = ""
    data: DataSource
    protocol: EvaluationProtocol = EvaluationProtocol()
    space: dict[str, Entry]
    branches: list[Branch] = Field(default_factory=list)
    limits: Limits = Limits()
    fixed: dict[str, int | float | str] = Field(default_factory=dict)
    starting_points: list[StartingPoint] = Field(default_factory=list)
    search: Search = Search()

    @cached_property
    def distributions(self) -> dict[str, BaseDistribution]:
        """What every trial searches, ``[space]``, as Optuna distributions."""
        return distributions(self.space)

    @cached_property
    def branch_distributions(self) -> dict[str, dict[str, BaseDistribution]]:
        """What only the trials of a branch search, by branch and by Optuna's names."""
        return {
            branch.name: {
                on_branch(branch.name, name): distribution
                for name, distribution in distributions(branch.space).items()
            }
            for branch in self.branches
        }

    def branches_of(self, values: Mapping[str, Value]) -> list[Branch]:
        """The branches that a configuration is on. What ``[space]`` gives of it suffices."""
        return [branch for branch in self.branches if branch.holds(values)]

    def distributions_of(self, values: Mapping[str, Value]) -> dict[str, BaseDistribution]:
        """What a configuration's trial searches, ``[space]`` first."""
        found = dict(self.distributions)
        for branch in self.branches_of(values):
            found |= self.branch_distributions[branch.name]
        return found

    def space_of(self, values: Mapping[str, Value]) -> Space:
        """As :meth:`distributions_of`, as the definition says it."""
        found = dict(self.space)
        for branch in self.branches_of(values):
            found |= branch.params
        return found

    def params(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """The searched values of a configuration."""
        return {param: values[hyperparameter_of(param)] for param in self.space_of(values)}

    def configuration(self, params: Mapping[str, Value]) -> Configuration:
        """The whole configuration of a trial: searched, fixed and default values."""
        values: dict[str, Any] = dict(self.fixed)
        for branch in self.branches_of(params):
            values |= branch.fixed
        values |= {hyperparameter_of(param): value for param, value in params.items()}
        return Configuration(**values)

    def mlp_width(self, params: Mapping[str, Value]) -> int:
        """Width of an MLP embedding in a configuration."""
        h = self.configuration(params)
        return Architecture(1, 1, h.predictive_factors, h.mlp_layers).mlp_width

    def fits(self, params: Mapping[str, Value]) -> bool:
        """Whether a configuration keeps within the limits."""
        return self.limits.mlp_width is None or self.mlp_width(params) <= self.limits.mlp_width

    def within_limits(self, params: dict[str, Value]) -> dict[str, Value]:
        """The configuration, or with less depth, and then less width, as far as the limits ask.

        It stays on its branches.
        """
        on, space = self.branches_of(params), self.space_of(params)
        for name in NARROWED:
            for param in (p for p in space if hyperparameter_of(p) == name):
                lower = [
                    {**params, param: value}
                    for value in space[param].whole()
                    if value < int(params[param])
                ]
                while lower and not self.fits(params):
                    narrower = lower.pop()
                    if self.branches_of(narrower) == on:
                        params = narrower
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
        distributions(self.space)  # refuses an illegal range
        check_fixed(self.fixed)
        check_branches(self.space, self.fixed, self.branches)
        for case in cases(self.space, self.branches):
            check_points(self.configuration, self.space_of(case), case, self._where(case))
        labels = [starting_point.name for starting_point in self.starting_points]
        for label in labels:
            if labels.count(label) > 1:
                raise UserError(f"two [[starting_points]] are called {label!r}; rename one")
            if label in TAKEN:
                raise UserError(
                    f"[[starting_points]] {label!r}: a model has this name beside it on the test"
                    " split; rename it"
                )
        for starting_point in self.starting_points:
            self._check_starting_point(starting_point)
        self._check_limits()

    def _where(self, case: Mapping[str, Value]) -> str:
        """The part of the space that a choice of what the branches depend on leads to."""
        title = " and ".join(branch.title for branch in self.branches_of(case)) or "[space]"
        return f"{title} where {describe(case)}" if case else title

    def _check_starting_point(self, starting_point: StartingPoint) -> None:
        what, values = f"[[starting_points]] {starting_point.name!r}", starting_point.configuration
        for name in values:
            if name != hyperparameter_of(name):
                raise UserError(f"{what}: {name}: write {hyperparameter_of(name)}, without branch")
        space = {hyperparameter_of(p): entry for p, entry in self.space_of(values).items()}
        on = " and ".join(branch.title for branch in self.branches_of(values))
        check_point(values, space, what, f" on {on}" if on else "")

    def _check_limits(self) -> None:
        limit = f"[limits] mlp_width = {self.limits.mlp_width}"
        for case in cases(self.space, self.branches):
            least = {
                param: entry.corners(hyperparameter_named(hyperparameter_of(param)))[0]
                for param, entry in self.space_of(case).items()
            }
            narrowest = self.within_limits(least | case)
            if not self.fits(narrowest):
                raise UserError(
                    f"{limit}: the narrowest configuration of {self._where(case)} has"
                    f" {self.mlp_width(narrowest)}; raise it, or lower predictive_factors or"
                    " mlp_layers"
                )
        for starting_point in self.starting_points:
            params = self.params(starting_point.configuration)
            if not self.fits(params):
                raise UserError(
                    f"[[starting_points]] {starting_point.name!r} has an MLP width of"
                    f" {self.mlp_width(params)}, beyond {limit}"
                )
