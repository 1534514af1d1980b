"""How a study chooses: the sampler and the pruner of its definition, as Optuna has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner, MedianPruner, NopPruner, PercentilePruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from studies.definition import Definition, Pruner


def sampler(definition: Definition, seed: int) -> BaseSampler:
    """What chooses the settings."""
    wanted = definition.search.sampler
    chosen: BaseSampler = RandomSampler(seed=seed)
    if wanted.kind == "tpe":
        chosen = TPESampler(n_startup_trials=wanted.startup_trials, seed=seed)
    return Within(chosen, definition) if definition.limits.mlp_width else chosen


def pruner(wanted: Pruner) -> BasePruner:
    """What gives trials up."""
    if wanted.kind == "none":
        return NopPruner()
    warm_up = wanted.warmup_epochs + 1  # Optuna counts steps from 0
    if wanted.kind == "percentile":
        return PercentilePruner(wanted.percentile, wanted.startup_trials, warm_up)
    return MedianPruner(wanted.startup_trials, warm_up)


class Within(BaseSampler):
    """Another sampler's settings, brought within the definition's limits before they are tried.

    A search space is a box, and a limit cuts a corner off it. Drawing again would not do: nothing
    bad is ever seen in that corner, so TPE would propose it again and again.
    """

    def __init__(self, sampler: BaseSampler, definition: Definition) -> None:
        self._sampler = sampler
        self._definition = definition

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """The whole space: only whole settings can be held against a limit."""
        del study, trial
        return self._definition.distributions

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """A whole setting that keeps within the limits."""
        together = self._sampler.infer_relative_search_space(study, trial)
        setting = self._sampler.sample_relative(study, trial, together)
        for name, distribution in search_space.items():
            if name not in setting:
                setting[name] = self._sampler.sample_independent(study, trial, name, distribution)
        return self._definition.within_limits(setting)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Never needed: every setting is drawn whole."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def reseed_rng(self) -> None:
        self._sampler.reseed_rng()

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        self._sampler.before_trial(study, trial)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        self._sampler.after_trial(study, trial, state, values)
