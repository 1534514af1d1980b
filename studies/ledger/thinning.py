"""A long study as its sampler and its pruner see it.

What they take grows with the trials that they look at: at last, a trial is trained faster than the
next one is chosen. So of more than :data:`MOST` trials they look at every second, third, and so on,
and besides at the latest, which may be open, and the best. A shorter study is seen whole.

Trials that failed are left out first: nobody learns from them, and an interruption leaves some. So
a study that was interrupted looks at the same others as one in peace.
"""

from __future__ import annotations

from collections.abc import Container
from heapq import nlargest
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState

MOST = 1000
"""Trials of the whole study that are looked at."""

LATEST = 100
"""Trials at its end that are looked at besides."""

BEST = 25
"""Complete trials that are looked at besides: as many as TPE takes for good ones at most."""


class ThinnedStudy(optuna.Study):
    """A study of whose trials some are left out, but none of the ``best`` complete ones."""

    def __init__(self, study: optuna.Study, best: int = 0) -> None:
        super().__init__(study.study_name, study._storage, study.sampler, study.pruner)  # noqa: SLF001 - as Optuna's Hyperband does
        self._best = best

    def _get_trials(
        self,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
        use_cache: bool = False,
    ) -> list[FrozenTrial]:
        """As they are now, whatever ``use_cache`` allows, and never copied: their readers do not
        ask for that."""
        assert not deepcopy
        del use_cache
        every = self._storage.get_all_trials(self._study_id, deepcopy=False)
        seen = [trial for trial in every if trial.state != TrialState.FAIL]
        if len(seen) > MOST:
            step = -(-len(seen) // MOST)
            some = {*range(0, len(seen), step), *range(len(seen) - LATEST, len(seen))}
            complete = (n for n, trial in enumerate(seen) if trial.state == TrialState.COMPLETE)
            some |= {*nlargest(self._best, complete, key=lambda n: (seen[n].values[0], -n))}
            seen = [seen[n] for n in sorted(some)]
        return [trial for trial in seen if states is None or trial.state in states]


class ThinnedTPE(TPESampler):
    """TPE that looks at some of a long study's trials."""

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return super().infer_relative_search_space(ThinnedStudy(study, BEST), trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return super().sample_relative(ThinnedStudy(study, BEST), trial, search_space)

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        thinned = ThinnedStudy(study, BEST)
        return super().sample_independent(thinned, trial, param_name, param_distribution)


class ThinnedPruner(BasePruner):
    """Another pruner that compares with some of a long study's trials."""

    def __init__(self, pruner: BasePruner) -> None:
        self._pruner = pruner
        self._thinned: ThinnedStudy | None = None

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        if self._thinned is None:
            self._thinned = ThinnedStudy(study)
        return self._pruner.prune(self._thinned, trial)
