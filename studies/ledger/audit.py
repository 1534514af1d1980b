"""The pruner's audit: a sample of pruned trials, trained again to their end.

The results are stored beside the trials: they measure what pruning cost, and do not enter the
search.
"""

from __future__ import annotations

from collections import deque
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from neumf.metrics import OBJECTIVE
from neumf.seeds import generator
from studies.definition.schema import Definition
from studies.ledger.job import EpochResult, FinishedModel, Job
from studies.storage import record
from studies.storage.facts import of_study, store_unshown


class Audit:
    """Gives out pruned trials and takes in what becomes of them, as a ledger does for a study.

    ``total`` is at most ``size``: fewer where fewer trials were pruned. The sample is drawn with
    the study's seed; what was audited before stays and is not trained again.
    """

    def __init__(self, storage: BaseStorage, definition: Definition, size: int) -> None:
        self._definition = definition
        self._study = optuna.load_study(study_name=definition.name, storage=storage)
        self._results: list[dict[str, Any]] = list(of_study(self._study).get(record.AUDIT, []))
        self._pruned = {trial.number: trial for trial in self._candidates()}
        audited = {result["number"] for result in self._results}
        order = generator(definition.search.seed, "audit").permutation(np.array(list(self._pruned)))
        wanted = max(0, min(size, len(order)) - len(audited))
        self._waiting = deque([int(n) for n in order if n not in audited][:wanted])
        self._curves: dict[int, list[EpochResult]] = {}
        self._given_up = 0
        self.total = len(audited) + len(self._waiting)

    @property
    def done(self) -> int:
        return len(self._results) + self._given_up

    def together(self) -> AbstractContextManager[None]:
        """Each run is stored by itself: there are few."""
        return nullcontext()

    def ask(self, _worker: int | None = None) -> Job | None:
        """The next pruned trial to train to its end."""
        if not self._waiting:
            return None
        number = self._waiting.popleft()
        configuration = self._definition.configuration(self._pruned[number].params)
        self._curves[number] = []
        return Job.of(number, configuration, self._definition.search.seed, "audit")

    def record(self, number: int, epoch: EpochResult) -> bool:
        """Take in an epoch; nothing is ever pruned."""
        self._curves[number].append(epoch)
        return False

    def complete(self, number: int, _model: FinishedModel | None = None) -> None:
        """Keep what the trial would have been."""
        epochs = self._curves.pop(number)
        stored = self._pruned[number].intermediate_values
        curve = {epoch.number: epoch.metrics[OBJECTIVE.name] for epoch in epochs}
        result = {
            "number": number,
            "value": epochs[-1].best_value,
            "best_epoch": epochs[-1].best_epoch,
            "epochs": len(epochs),
            "seconds": round(sum(epoch.seconds for epoch in epochs), 3),
            "curve": list(curve.values()),
            "repeats": all(curve.get(step) == value for step, value in stored.items()),
        }
        self._results.append(result)
        store_unshown(self._study, record.AUDIT, self._results)

    def prune(self, number: int) -> None:
        """Never called: ``record`` does not ask for it."""
        raise AssertionError(number)

    def fail(self, number: int, reason: str) -> None:
        """It would have failed: no loss to the search."""
        del reason
        self._curves.pop(number)
        self._given_up += 1

    def crash(self, number: int, reason: str) -> None:
        """Its worker died: leave it to another audit."""
        self.fail(number, reason)

    def interrupt(self, number: int, reason: str) -> None:
        """Its worker was ended, through no fault of the trial: queue it again."""
        del reason
        self._curves.pop(number)
        self._waiting.appendleft(number)

    def _candidates(self) -> list[FrozenTrial]:
        pruned = self._study.get_trials(deepcopy=False, states=(TrialState.PRUNED,))
        return [trial for trial in pruned if record.DUPLICATE_OF not in trial.user_attrs]
