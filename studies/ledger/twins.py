"""The best trial's twins: its configuration, and those that lack one half of it, trained over the
same fresh seeds.

The results are stored beside the trials: they tell what each half contributes, and do not enter the
search. The seeds are fresh because the search chose the best trial for what it reached with the
study's own seed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict

import optuna
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from neumf.hyperparameters import Configuration
from neumf.seeds import derive
from neumf.twins import model_name, twins_of
from studies.definition.schema import Definition
from studies.ledger.job import EpochResult, FinishedModel, Job
from studies.ledger.ledger import MOST_CRASHES
from studies.results.study_result import TwinRun, place, rebuild
from studies.storage import facts, record


class Twins:
    """Gives out runs and takes in what becomes of them, as a ledger does for a study.

    ``total`` is ``seeds`` runs of each model: 0 where the best trial has no twins, or no trial is
    complete. A stored run, failed ones included, is not trained again. It belongs to its
    configuration, whichever trial is the best by now.
    """

    def __init__(self, storage: BaseStorage, definition: Definition, seeds: int) -> None:
        self._seed = definition.search.seed
        self._study = optuna.load_study(study_name=definition.name, storage=storage)
        self._stored = [TwinRun(**run) for run in facts.of_study(self._study).get(record.TWINS, [])]
        self._seed_numbers: dict[int, int] = {}  # by job
        self._waiting: deque[Job] = deque()
        self._running: dict[int, tuple[Job, list[EpochResult]]] = {}
        self._crashes: Counter[int] = Counter()
        for job, seed_number in self._plan(seeds):
            self._seed_numbers[job.number] = seed_number
            if not self._is_stored(job, seed_number):
                self._waiting.append(job)
        self.total = len(self._seed_numbers)

    @property
    def done(self) -> int:
        return self.total - len(self._waiting) - len(self._running)

    def together(self) -> AbstractContextManager[None]:
        """Each run is stored by itself: there are few."""
        return nullcontext()

    def ask(self, _worker: int | None = None) -> Job | None:
        """The next run, one seed after another so that an interruption leaves whole pairs."""
        if not self._waiting:
            return None
        job = self._waiting.popleft()
        self._running[job.number] = job, []
        return job

    def record(self, number: int, epoch: EpochResult) -> bool:
        """Take in an epoch; nothing is ever pruned."""
        self._running[number][1].append(epoch)
        return False

    def complete(self, number: int, _model: FinishedModel | None = None) -> None:
        """The run's value is the objective of its best epoch, as a trial's is."""
        self._store(number)

    def prune(self, number: int) -> None:
        """Never called: ``record`` does not ask for it."""
        raise AssertionError(number)

    def fail(self, number: int, reason: str) -> None:
        """The configuration cannot be trained with this seed, which is a result too."""
        self._store(number, reason)

    def crash(self, number: int, reason: str) -> None:
        """The run's worker died: try once more, then hold the configuration at fault."""
        self._crashes[number] += 1
        if self._crashes[number] >= MOST_CRASHES:
            self.fail(number, f"{reason}, {self._crashes[number]} times")
        else:
            self.interrupt(number, reason)

    def interrupt(self, number: int, reason: str) -> None:
        """Its worker was ended, through no fault of the run: queue it again."""
        del reason
        job, _ = self._running.pop(number)
        self._waiting.appendleft(job)

    def _plan(self, seeds: int) -> Iterator[tuple[Job, int]]:
        """Every run there shall be, with the number of its seed."""
        best = self._best()
        twins = () if best is None else twins_of(best)
        if best is None or not twins:
            return
        models = {model_name(best): best, **{twin.name: twin.configuration for twin in twins}}
        number = 0
        for seed_number in range(1, seeds + 1):
            study_seed = derive(self._seed, "twins", seed_number)
            for name, configuration in models.items():
                label = f"{name}, fresh seed {seed_number}"
                yield Job.of(number, configuration, study_seed, label), seed_number
                number += 1

    def _best(self) -> Configuration | None:
        complete = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if not complete:
            return None
        best = min(complete, key=lambda trial: place(trial.value or 0.0, trial.number))
        return rebuild(facts.of_trial(best)[record.CONFIGURATION])

    def _is_stored(self, job: Job, seed_number: int) -> bool:
        return any(
            run.seed_number == seed_number and run.is_of(job.configuration) for run in self._stored
        )

    def _store(self, number: int, reason: str | None = None) -> None:
        job, epochs = self._running.pop(number)
        has_value = reason is None
        run = TwinRun(
            configuration=job.configuration.asdict(),
            seed_number=self._seed_numbers[number],
            seed=job.seed,
            value=epochs[-1].best_value if has_value else None,
            best_epoch=epochs[-1].best_epoch if has_value else None,
            epochs=len(epochs),
            seconds=round(sum(epoch.seconds for epoch in epochs), 3),
            reason=reason,
        )
        self._stored.append(run)
        facts.store_unshown(self._study, record.TWINS, [asdict(run) for run in self._stored])
