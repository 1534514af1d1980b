"""A study's ledger: the one place that asks Optuna for trials, records their epochs,
prunes them and stores their results.

It knows nothing of processes. Its owner is one coordinator, so no other process writes the study.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from time import monotonic
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage
from optuna.trial import Trial, TrialState

from neumf.errors import UserError
from neumf.metrics import OBJECTIVE
from neumf.seeds import derive
from studies.definition.changes import (
    Question,
    refuse_changed_starting_points,
    refuse_other_study,
)
from studies.definition.schema import Definition
from studies.ledger.duplicates import COPIES_AT_ONCE, Key, copied, key_of
from studies.ledger.job import EpochResult, FinishedModel, Job
from studies.ledger.notes import TrialNotes
from studies.ledger.pruners import make_pruner
from studies.ledger.recovery import chosen, enqueue, recover, requeue, starting_points
from studies.ledger.remains import refuse_remains
from studies.ledger.running import RunningTrial
from studies.ledger.samplers import ask, make_sampler
from studies.ledger.sessions import Session
from studies.notes.artifacts import announce_curve
from studies.results.measured_readback import read_runs
from studies.results.outlook import is_settled
from studies.results.readback import results_of
from studies.results.study_result import FINISHED
from studies.storage import facts, record
from studies.storage.names import confirmation_of
from studies.storage.owned import owned, together

warnings.filterwarnings("ignore", category=ExperimentalWarning, message=".*set_metric_names")

MOST_CRASHES = 2
"""A configuration whose workers die this often is itself at fault: it fails for good."""


class Ledger:
    """See the module. ``total`` is the total number of trials, whoever ran them: the definition's,
    or fewer where the search stops once it is settled."""

    def __init__(
        self, storage: BaseStorage, definition: Definition, data: dict[str, Any], command: str = ""
    ) -> None:
        """Create the study, or reopen it and put in order what a dead coordinator left.

        ``command``, the arguments that make this study again, is stored.

        Raises:
            UserError: the stored study has another definition, other data, or another configuration
                under a starting point's name; or it was deleted, and not all that belongs to it.
        """
        self.total = definition.search.trials
        self._definition = definition
        self._storage = owned(storage)
        self._session: Session | None = None
        self._trials: dict[int, Trial] = {}
        self._running: dict[int, RunningTrial] = {}
        self._copies: defaultdict[int, list[Trial]] = defaultdict(list)
        self._study = self._open(data, command)
        with self.together():
            recover(self._study, self._storage, definition)
        trials = self._study.get_trials(deepcopy=False)
        finished = [trial for trial in trials if record.state_of(trial) in FINISHED]
        self._done = len(finished)
        self._known: dict[Key, int] = {}
        for trial in finished:
            self._known.setdefault(key_of(trial.params), trial.number)
        self._chosen = chosen(self._study, definition)
        self._confirmed = read_runs(storage, confirmation_of(definition.name))
        self._settle()
        self._notes = TrialNotes(self._study, self._storage)

    @property
    def done(self) -> int:
        """Trials with a verdict: complete, pruned, or failed through their own fault."""
        return self._done

    @property
    def under_way(self) -> int:
        """Trials that run, or wait for the verdict of one that does."""
        return len(self._running) + sum(map(len, self._copies.values()))

    def ask(self, worker: int | None = None) -> Job | None:
        """The next configuration to train, by ``worker`` (its place in the pool), which is stored;
        None when the total is reached or on its way, and now and then before.

        A configuration already tried is not trained again: its trial gets the earlier one's result.
        In a space that is exhausted thousands do, and between some of them a stop is heeded.
        """
        for _ in range(COPIES_AT_ONCE):
            if self._done + self.under_way >= self.total:
                break
            trial = self._ask()
            key = key_of(trial.params)
            earlier = self._known.get(key)
            if earlier is None:
                self._known[key] = trial.number
                return self._start(trial, worker)
            if earlier in self._running:
                self._copies[earlier].append(trial)
            else:
                self._copy(trial, earlier)
                self._settle()
        return None

    def record(self, number: int, epoch: EpochResult) -> bool:
        """Store one epoch's objective. Returns whether to prune the trial now."""
        self._running[number].epochs.append(epoch)
        trial = self._trials[number]
        trial.report(epoch.metrics[OBJECTIVE.name], epoch.number)
        if self._session is not None and self._session.is_due:
            self._store_clock(self._session)
        return trial.should_prune()

    def complete(self, number: int, _model: FinishedModel | None = None) -> None:
        """The trial's run has ended: its value is the objective of its best epoch."""
        self._tell(number, TrialState.COMPLETE, self._running[number].epochs[-1].best_value)

    def prune(self, number: int) -> None:
        """The trial is given up for its epochs so far: its value is that of the last one."""
        epoch = self._running[number].epochs[-1].number
        self._tell(number, TrialState.PRUNED, reason=f"pruned after epoch {epoch}")

    def fail(self, number: int, reason: str) -> None:
        """The configuration itself is at fault (a NaN loss): it is not tried again."""
        self._tell(number, TrialState.FAIL, reason=reason)

    def crash(self, number: int, reason: str) -> None:
        """The trial's worker died: try the configuration once more, then hold it at fault."""
        crashes = self._trials[number].user_attrs.get(record.CRASHES, 0) + 1
        if crashes >= MOST_CRASHES:
            self.fail(number, f"{reason}, {crashes} times")
            return
        self._trials[number].set_user_attr(record.CRASHES, crashes)
        self.interrupt(number, reason)

    def interrupt(self, number: int, reason: str) -> None:
        """Give up a running trial through no fault of its own: it is queued again."""
        trial, heard = self._trials.pop(number), self._running.pop(number)
        self._known.pop(key_of(trial.params))
        self._lose(trial, {**heard.attributes(is_complete=False), record.REASON: reason})
        for copy in self._copies.pop(number, []):
            waited = f"waited for trial {number}, which was interrupted"
            self._lose(copy, {record.REASON: waited})

    def interrupt_all(self, reason: str) -> None:
        """Interrupt whatever is running."""
        with self.together():
            for number in list(self._running):
                self.interrupt(number, reason)

    def together(self) -> AbstractContextManager[None]:
        """Store what happens inside together."""
        return together(self._storage)

    def start_session(self, facts: dict[str, Any], clock: Callable[[], float] = monotonic) -> int:
        """Note a run of the search with ``facts`` (what computes, and where), before its first
        trial. Trials refer to it by the number returned."""
        self._session = Session(self._study, facts, clock)
        return self._session.index

    def update_session(self, **facts: Any) -> None:
        """Store more ``facts`` of the session. Its seconds and trials are counted here."""
        assert self._session is not None
        self._session.update(facts)

    # ------------------------------------------------------------------ inside

    def _open(self, data: dict[str, Any], command: str) -> optuna.Study:
        definition = self._definition
        now = Question(definition.model_dump(mode="json"), data, OBJECTIVE.name)
        points = {p.name: definition.params(p.configuration) for p in definition.starting_points}
        refuse_remains(self._storage, definition.name)
        study = optuna.create_study(
            storage=self._storage,
            study_name=definition.name,
            direction="maximize",
            load_if_exists=True,
            pruner=make_pruner(definition.search.pruner),
        )
        attributes, trials = facts.of_study(study), study.get_trials(deepcopy=False)
        tried = starting_points(trials)
        if record.DEFINITION in attributes:
            (objective,) = study.metric_names or (OBJECTIVE.name,)
            before = Question(attributes[record.DEFINITION], attributes[record.DATA], objective)
            refuse_other_study(definition.name, before, now)
            refuse_changed_starting_points(definition.name, tried, points)
        elif trials:
            raise UserError(
                f"study {definition.name!r} is already stored and was not made by this program;"
                " store it under another name with --name, or use another --storage"
            )
        study.set_metric_names([now.objective])
        facts.store_unshown(study, record.DATA, now.data)
        facts.store_unshown(study, record.COMMAND, command)
        facts.store_unshown(study, record.DEFINITION, now.definition)
        for name, configuration in points.items():
            if name not in tried:
                enqueue(study, configuration, {record.LABEL: name})
        return study

    def _ask(self) -> Trial:
        # as many chosen before, the same choice: also where a study is killed and continued
        seed = derive(self._definition.search.seed, "sampler", self._chosen) % 2**32
        self._study.sampler = make_sampler(self._definition, seed)
        trial = ask(self._study, self._definition)
        announce_curve(trial)
        self._chosen += record.RETRY_OF not in trial.user_attrs
        return trial

    def _store_clock(self, session: Session) -> None:
        """So that what is killed does not vanish from the clock."""
        session.update({})
        for number, heard in self._running.items():
            facts.store_with_trial(self._trials[number], heard.clock)

    def _start(self, trial: Trial, worker: int | None) -> Job:
        configuration = self._definition.configuration(trial.params)
        seed, label = self._definition.search.seed, trial.user_attrs.get(record.LABEL)
        job = Job.of(trial.number, configuration, seed, label)
        if self._session is not None:
            trial.set_user_attr(record.SESSION, self._session.index)
        if worker is not None:
            trial.set_user_attr(record.WORKER, worker)
        self._trials[trial.number] = trial
        self._running[trial.number] = RunningTrial(configuration, job.seed)
        return job

    def _tell(
        self, number: int, state: TrialState, value: float | None = None, reason: str | None = None
    ) -> None:
        trial, heard = self._trials.pop(number), self._running.pop(number)
        attributes = heard.attributes(is_complete=state == TrialState.COMPLETE)
        if reason is not None:
            attributes[record.REASON] = reason
        self._end(trial, attributes, state, value)
        for copy in self._copies.pop(number, []):
            self._copy(copy, number)
        self._settle()

    def _settle(self) -> None:
        """Once the search is settled, only what is under way or queued is still trained."""
        if self._definition.search.stop != "settled":
            return
        if not is_settled(replace(results_of(self._study), confirmed=self._confirmed)):
            return
        waiting = self._study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
        self.total = min(self.total, self._done + self.under_way + len(waiting))

    def _copy(self, trial: Trial, earlier: int) -> None:
        """Give ``trial`` the verdict of the same configuration's earlier trial."""
        original = self._study.get_trials(deepcopy=False)[earlier]
        for step, value in original.intermediate_values.items():
            trial.report(value, step)
        is_complete = original.state == TrialState.COMPLETE
        self._end(
            trial, copied(original, trial), original.state, original.value if is_complete else None
        )

    def _end(
        self, trial: Trial, attributes: dict[str, Any], state: TrialState, value: float | None
    ) -> None:
        facts.store_with_trial(trial, attributes)
        self._study.tell(trial, value, state=state)
        self._notes.ended(trial)
        self._done += 1
        if self._session is not None:
            self._session.count()

    def _lose(self, trial: Trial, attributes: dict[str, Any]) -> None:
        """End a trial without a verdict, with what is known of it, and queue it again."""
        facts.store_with_trial(trial, {**attributes, record.INTERRUPTED: True})
        self._study.tell(trial, state=TrialState.FAIL)
        self._notes.ended(trial)
        requeue(self._study, trial.number, trial.params, trial.user_attrs)
