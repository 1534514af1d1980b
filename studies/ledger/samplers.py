"""How a study chooses configurations: the sampler of its definition, kept within its limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from studies.definition.schema import Definition


def make_sampler(definition: Definition, seed: int) -> BaseSampler:
    """The sampler that a definition asks for, kept within its limits."""
    wanted = definition.search.sampler
    chosen: BaseSampler = RandomSampler(seed=seed)
    if wanted.kind == "tpe":
        chosen = TPESampler(n_startup_trials=wanted.startup_trials, seed=seed)
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
