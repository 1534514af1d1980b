"""How a study chooses configurations: the sampler of its definition, kept within its limits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, RandomSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState

from neumf.declaration import Value
from studies.definition.schema import Definition
from studies.ledger.thinning import ThinnedTPE


def make_sampler(definition: Definition, seed: int) -> BaseSampler:
    """The sampler that a definition asks for, kept within its limits."""
    wanted = definition.search.sampler
    chosen: BaseSampler = RandomSampler(seed=seed)
    if wanted.kind == "tpe":
        chosen = ThinnedTPE(n_startup_trials=wanted.startup_trials, seed=seed)
    if definition.branches:
        return BranchingSampler(chosen, definition)
    return LimitedSampler(chosen, definition) if definition.limits.mlp_width else chosen


class LimitedSampler(BaseSampler):
    """Another sampler's configurations, brought within the definition's limits.

    A search space is a box, and a limit cuts a corner off it. Drawing again would not do: nothing
    bad is ever seen in that corner, so TPE would propose it again and again.
    """

    def __init__(self, sampler: BaseSampler, definition: Definition) -> None:
        self._sampler = sampler
        self._definition = definition

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """The whole space: only whole configurations can be held against a limit."""
        del study, trial
        return self._definition.distributions

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """A whole configuration that keeps within the limits."""
        together = self._sampler.infer_relative_search_space(study, trial)
        configuration = self._sampler.sample_relative(study, trial, together)
        for name, distribution in search_space.items():
            if name not in configuration:
                configuration[name] = self._sampler.sample_independent(
                    study, trial, name, distribution
                )
        return self._definition.within_limits(configuration)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Never needed: every configuration is drawn whole."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def reseed_rng(self) -> None:
        self._sampler.reseed_rng()

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        self._sampler.before_trial(study, trial)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        self._sampler.after_trial(study, trial, state, values)


class BranchingSampler(LimitedSampler):
    """Another sampler's configurations for a space with branches, within the definition's limits.

    What the branches depend on is drawn first, and then all the rest of the space that it leads to,
    together. TPE then leaves out the trials that lack any of it. So what is drawn on a branch that
    searches something of its own is learnt on that branch alone, even of what all branches share,
    and what is best on another does not blur it. A choice that searches nothing of its own, such as
    ``alpha = 0`` beside a branch for ``alpha = -1``, learns from the trials of all.
    """

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """All that any configuration may have: Optuna asks for the part that this one has."""
        del study, trial
        found = dict(self._definition.distributions)
        for own in self._definition.branch_distributions.values():
            found |= own
        return found

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """A whole configuration: what its branches search, and no more."""
        del search_space
        parents = {name for branch in self._definition.branches for name in branch.when}
        drawn = self._draw(study, trial, parents, {})
        rest = self._definition.distributions_of(drawn).keys() - parents
        return self._definition.within_limits(self._draw(study, trial, rest, drawn))

    def _draw(
        self, study: Study, trial: FrozenTrial, wanted: Collection[str], drawn: dict[str, Value]
    ) -> dict[str, Value]:
        """``drawn``, and ``wanted`` of what is searched where it leads."""
        space = {
            param: distribution
            for param, distribution in self._definition.distributions_of(drawn).items()
            if param in wanted
        }
        together = self._sampler.sample_relative(study, trial, space)
        alone = {
            param: self._sampler.sample_independent(study, trial, param, distribution)
            for param, distribution in space.items()
            if param not in together
        }
        return drawn | together | alone


def ask(study: Study, definition: Definition) -> Trial:
    """A new trial with its whole configuration: what all search, then what its branches do."""
    trial = study.ask(definition.distributions)
    for branch in definition.branches_of(trial.params):
        for param, one in definition.branch_distributions[branch.name].items():
            _suggest(trial, param, one)
    return trial


def _suggest(trial: Trial, param: str, distribution: BaseDistribution) -> None:
    """Have ``trial`` take a value of one more parameter."""
    d = distribution
    if isinstance(d, CategoricalDistribution):
        trial.suggest_categorical(param, d.choices)
    elif isinstance(d, IntDistribution):
        trial.suggest_int(param, d.low, d.high, step=d.step, log=d.log)
    else:
        assert isinstance(d, FloatDistribution)
        trial.suggest_float(param, d.low, d.high, step=d.step, log=d.log)
