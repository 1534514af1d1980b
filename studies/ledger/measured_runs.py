"""Runs over fresh seeds whose finished models are measured: those that confirm configurations, and
those that open the test split.

They are stored as the trials of a study of their own beside the searched one, so that Optuna and
its dashboard read them like any others, and they do not enter the search.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage
from optuna.trial import TrialState, create_trial

from neumf.declaration import Value
from neumf.errors import UserError
from neumf.evaluation.measurement import Measurement, all_metrics, headline
from neumf.hyperparameters import Configuration
from neumf.metrics import OBJECTIVE
from neumf.protocol.measured_lists import MeasuredLists
from neumf.seeds import fresh_seed
from studies.ledger.job import EpochResult, FinishedModel, Job
from studies.ledger.ledger import MOST_CRASHES
from studies.ledger.notes import note_run, note_runs
from studies.ledger.running import RunningTrial
from studies.notes.artifacts import Place, announcement
from studies.notes.storing import store_study_note
from studies.notes.study_note import confirmation_note, opening_note
from studies.results.study_result import rebuild
from studies.storage import record
from studies.storage.facts import of_trial, shown, store_unshown, unshown
from studies.storage.names import confirmation_of
from studies.storage.packed import pack, pack_measurement


@dataclass(frozen=True)
class Contender:
    """A configuration that is trained over fresh seeds."""

    of_trial: int
    label: str | None
    params: dict[str, Value]
    distributions: dict[str, BaseDistribution]
    configuration: Configuration
    last_epoch: int | None = None  # whose model counts; None: the best one's


@dataclass
class _Run:
    """One of them, while it waits or runs."""

    contender: Contender
    seed_number: int
    job: Job
    heard: RunningTrial
    started: datetime = field(default_factory=datetime.now)
    worker: int | None = None


class MeasuredRuns:
    """Gives out runs and takes in what becomes of them, as a ledger does for a study.

    ``total`` is one run of each contender with each of ``seeds`` fresh seeds. What is stored,
    failures included, is not trained again.
    """

    def __init__(
        self,
        storage: BaseStorage,
        searched: str,
        name: str,
        contenders: Sequence[Contender],
        lists: MeasuredLists,
        *,
        study_seed: int,
        seeds: int,
    ) -> None:
        """Open or create the study ``name`` beside ``searched``.

        Raises:
            UserError: it is there and is another one.
        """
        self._study = optuna.create_study(
            storage=storage, study_name=name, direction="maximize", load_if_exists=True
        )
        if self._study.trials and self._study.user_attrs.get(record.PART_OF) != searched:
            raise UserError(
                f"study {name!r} is already stored and was not made for {searched!r}; store"
                f" {searched!r} under another name with --name, or use another --storage"
            )
        self._lists = lists
        self._way = headline(lists)
        self._waiting: deque[_Run] = deque()
        self._running: dict[int, _Run] = {}
        self._crashes: Counter[int] = Counter()
        self.total = seeds * len(contenders)
        self._describe(searched, name, contenders, seeds)
        note_runs(self._study)
        stored = {_key(of_trial(t)) for t in self._study.get_trials(deepcopy=False) if _ended(t)}
        number = 0
        for seed_number in range(1, seeds + 1):
            for contender in contenders:
                run = _run(contender, number, seed_number, study_seed)
                if (
                    _key_of(contender.configuration, contender.last_epoch, seed_number)
                    not in stored
                ):
                    self._waiting.append(run)
                number += 1

    @property
    def done(self) -> int:
        return self.total - len(self._waiting) - len(self._running)

    def together(self) -> AbstractContextManager[None]:
        """Each run is stored by itself: there are few."""
        return nullcontext()

    def ask(self, worker: int | None = None) -> Job | None:
        """The next run, one seed after another so that an interruption leaves whole pairs."""
        if not self._waiting:
            return None
        run = self._waiting.popleft()
        run.heard.epochs.clear()
        run.started = datetime.now()  # noqa: DTZ005 - as Optuna stores its trials' times
        run.worker = worker
        self._running[run.job.number] = run
        return run.job

    def record(self, number: int, epoch: EpochResult) -> bool:
        """Take in an epoch; nothing is ever pruned."""
        self._running[number].heard.epochs.append(epoch)
        return False

    def complete(self, number: int, model: FinishedModel | None) -> None:
        """The run has ended: store what its model was measured to be."""
        assert model is not None
        assert model.measurement is not None
        run = self._running.pop(number)
        self._store(run, TrialState.COMPLETE, self._measured(model.measurement))

    def prune(self, number: int) -> None:
        """Never called: ``record`` does not ask for it."""
        raise AssertionError(number)

    def fail(self, number: int, reason: str) -> None:
        """The configuration cannot be trained with this seed, which is a result too."""
        self._store(self._running.pop(number), TrialState.FAIL, {record.REASON: reason})

    def crash(self, number: int, reason: str) -> None:
        """The run's worker died: try once more, then hold the configuration at fault."""
        self._crashes[number] += 1
        if self._crashes[number] >= MOST_CRASHES:
            self.fail(number, f"{reason}, {self._crashes[number]} times")
        else:
            self.interrupt(number, reason)

    def interrupt(self, number: int, reason: str) -> None:
        """Its worker was ended, through no fault of the run: keep a note, and queue it again."""
        run = self._running.pop(number)
        self._store(run, TrialState.FAIL, {record.REASON: reason, record.INTERRUPTED: True})
        self._waiting.appendleft(run)

    def interrupt_all(self, reason: str) -> None:
        """Interrupt whatever is running."""
        for number in list(self._running):
            self.interrupt(number, reason)

    def _describe(
        self, searched: str, name: str, contenders: Sequence[Contender], seeds: int
    ) -> None:
        lists = self._lists
        self._study.set_metric_names([f"{self._way} {OBJECTIVE.name}"])
        self._study.set_user_attr(record.PART_OF, searched)
        store_unshown(
            self._study,
            record.LISTS,
            {
                "users": pack(lists.catalogue.users),
                "pool": pack(lists.pool),
                "candidates": lists.candidates,
            },
        )
        if not self._study.trials:
            note = confirmation_note if name == confirmation_of(searched) else opening_note
            store_study_note(self._study, note(searched))
        plan = {"trials": [one.of_trial for one in contenders], "seeds": seeds}
        store_unshown(self._study, record.PLAN, plan)

    def _measured(self, measurement: Measurement) -> dict[str, Any]:
        facts: dict[str, Any] = {record.WAYS: all_metrics(measurement, self._lists)}
        return facts | pack_measurement(measurement)

    def _store(self, run: _Run, state: TrialState, facts: dict[str, Any]) -> None:
        """In one transaction, so that a run is stored whole or not at all."""
        is_complete = state == TrialState.COMPLETE
        attributes = run.heard.attributes(is_complete=is_complete)
        if run.contender.label is not None:
            attributes[record.LABEL] = run.contender.label
        attributes |= {
            **facts,
            record.OF_TRIAL: run.contender.of_trial,
            record.SEED_NUMBER: run.seed_number,
            record.LAST_EPOCH: run.contender.last_epoch,
            record.WORKER: run.worker,
        }
        value = facts[record.WAYS][self._way][OBJECTIVE.name] if is_complete else None
        number = len(self._study.get_trials(deepcopy=False))
        trial = create_trial(
            state=state,
            value=value,
            params=run.contender.params,
            distributions=run.contender.distributions,
            intermediate_values={
                e.number: e.metrics[OBJECTIVE.name] for e in run.heard.epochs if e.metrics
            },
            user_attrs=shown(attributes),
            system_attrs=unshown(attributes) | announcement(Place(self._study.study_name, number)),
        )
        trial.datetime_start = run.started
        self._study.add_trial(trial)
        note_run(self._study, self._study.get_trials(deepcopy=False)[-1])


def _run(contender: Contender, number: int, seed_number: int, study_seed: int) -> _Run:
    job = replace(job_of(contender, number, seed_number, study_seed), measured=True)
    return _Run(contender, seed_number, job, RunningTrial(contender.configuration, job.seed))


def job_of(contender: Contender, number: int, seed_number: int, study_seed: int) -> Job:
    """A contender's training with a fresh seed: the same whatever it is trained for."""
    seed = fresh_seed(study_seed, seed_number)
    label = f"{contender.label or f'trial {contender.of_trial}'}, fresh seed {seed_number}"
    job = Job.of(number, contender.configuration, seed, label)
    return replace(job, last_epoch=contender.last_epoch)


def _ended(trial: optuna.trial.FrozenTrial) -> bool:
    return not trial.user_attrs.get(record.INTERRUPTED)


def _key(attributes: dict[str, Any]) -> str:
    known = rebuild(attributes[record.CONFIGURATION])
    return _key_of(known, attributes[record.LAST_EPOCH], attributes[record.SEED_NUMBER])


def _key_of(configuration: Configuration, last_epoch: int | None, seed_number: int) -> str:
    what = [configuration.asdict(), last_epoch, seed_number]
    return json.dumps(what, sort_keys=True)
