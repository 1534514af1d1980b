"""A study's book: the one place that asks Optuna, records epochs, decides pruning and tells.

It knows nothing of processes. Its owner is one coordinator, so no other process writes the study.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from neumf.errors import UserError
from neumf.evaluation.metrics import OBJECTIVE
from neumf.hyperparameters import Value
from neumf.seeds import derive, trial_seed
from studies.definition.changes import refuse_other_study
from studies.definition.schema import Definition
from studies.ledger.job import EpochResult, Job, RunningTrial
from studies.ledger.pruners import make_pruner
from studies.ledger.samplers import make_sampler
from studies.storage import record

optuna.logging.set_verbosity(optuna.logging.WARNING)
warnings.filterwarnings("ignore", category=ExperimentalWarning, message=".*set_metric_names")

MOST_CRASHES = 2
"""A configuration whose worker dies this often is at fault itself: it fails for good."""

OWN = (record.LABEL, record.RETRY_OF, record.QUEUED, record.CRASHES)
"""What is a trial's own, not its configuration's: a duplicate does not take it over."""

Key = tuple[tuple[str, Value], ...]


class Ledger:
    """See the module. ``total`` is how many trials the definition wants, whoever ran them."""

    def __init__(
        self, storage: BaseStorage, definition: Definition, data: dict[str, Any], command: str = ""
    ) -> None:
        """Create the study, or reopen it and put in order what a dead coordinator left.

        ``command`` is kept: the arguments that make this study again.

        Raises:
            UserError: the stored study has another definition or other data.
        """
        self.total = definition.search.trials
        self._definition = definition
        self._storage = storage
        self._trials: dict[int, Trial] = {}
        self._running: dict[int, RunningTrial] = {}
        self._copies: defaultdict[int, list[Trial]] = defaultdict(list)
        self._study = self._open(data, command)
        self._recover()
        finished = [t for t in self._study.get_trials(deepcopy=False) if _counts(t)]
        self._done = len(finished)
        self._known: dict[Key, int] = {}
        for trial in finished:
            self._known.setdefault(_key(trial.params), trial.number)
        self._study.sampler = make_sampler(definition, self._sampler_seed())

    @property
    def done(self) -> int:
        """Trials with a verdict: complete, pruned, or failed through their own fault."""
        return self._done

    @property
    def running(self) -> int:
        return len(self._running)

    def ask(self) -> Job | None:
        """The next configuration to train; None when the total is reached or on its way.

        A configuration already tried is not trained again: its trial gets the earlier one's result.
        """
        while self._done + self.running + self._waiting_copies < self.total:
            trial = self._study.ask(self._definition.distributions)
            key = _key(trial.params)
            twin = self._known.get(key)
            if twin is None:
                self._known[key] = trial.number
                return self._start(trial)
            if twin in self._running:
                self._copies[twin].append(trial)
            else:
                self._copy(trial, twin)
        return None

    def record(self, number: int, epoch: EpochResult) -> bool:
        """Store one epoch's objective. True: the trial shall be pruned now."""
        self._running[number].epochs.append(epoch)
        trial = self._trials[number]
        trial.report(epoch.metrics[OBJECTIVE.name], epoch.number)
        return trial.should_prune()

    def complete(self, number: int) -> None:
        """The trial's run has ended: its value is the objective of its best epoch."""
        self._tell(number, TrialState.COMPLETE, self._running[number].value)

    def prune(self, number: int) -> None:
        """The trial is given up for its epochs so far."""
        epoch = self._running[number].epochs[-1].number
        self._tell(number, TrialState.PRUNED, reason=f"pruned after epoch {epoch}")

    def fail(self, number: int, reason: str) -> None:
        """The configuration itself is at fault (NaN loss): it is not tried again."""
        self._tell(number, TrialState.FAIL, reason=reason)

    def crash(self, number: int, reason: str) -> None:
        """The trial's worker died: try the configuration once more, then hold it at fault."""
        crashes = self._trials[number].user_attrs.get(record.CRASHES, 0) + 1
        if crashes >= MOST_CRASHES:
            self.fail(number, f"{reason}, {crashes} times")
            return
        self._trials[number].set_user_attr(record.CRASHES, crashes)
        self.interrupt(number, reason)

    def interrupt_all(self, reason: str) -> None:
        """Interrupt whatever is running."""
        for number in list(self._running):
            self.interrupt(number, reason)

    def add_session(self, session: dict[str, Any]) -> None:
        """Append to the study's list of runs."""
        sessions = self._study.user_attrs.get(record.SESSIONS, [])
        self._study.set_user_attr(record.SESSIONS, [*sessions, session])

    def best(self) -> FrozenTrial | None:
        """The complete trial with the highest value, the earlier of two equals."""
        complete = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return max(complete, key=lambda t: (t.values[0], -t.number), default=None)

    # ------------------------------------------------------------------ inside

    def _open(self, data: dict[str, Any], command: str) -> optuna.Study:
        definition = self._definition
        stored = definition.model_dump(mode="json")
        study = optuna.create_study(
            storage=self._storage,
            study_name=definition.name,
            direction=OBJECTIVE.direction,
            load_if_exists=True,
            pruner=make_pruner(definition.search.pruner),
        )
        attributes, trials = study.user_attrs, study.get_trials(deepcopy=False)
        if record.DEFINITION in attributes:
            refuse_other_study(definition.name, attributes, stored, data)
        elif trials and record.DATA not in attributes:
            raise UserError(
                f"study {definition.name!r} is stored already and was not made by this program;"
                " name it differently, or use another --storage"
            )
        study.set_metric_names([OBJECTIVE.name])
        study.set_user_attr(record.DATA, data)
        study.set_user_attr(record.VERSIONS, record.versions())
        study.set_user_attr(record.COMMAND, command)
        study.set_user_attr(record.DEFINITION, stored)
        known = {trial.user_attrs.get(record.LABEL) for trial in trials}
        for starting_point in definition.starting_points:
            if starting_point.name not in known:
                _enqueue(study, starting_point.configuration, {record.LABEL: starting_point.name})
        return study

    def _recover(self) -> None:
        """Nobody else owns the study, so a trial still running was lost with its coordinator."""
        for trial in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self._set(trial, record.REASON, "the coordinator died")
            self._set(trial, record.INTERRUPTED, value=True)
            self._study.tell(trial.number, state=TrialState.FAIL)
        trials = self._study.get_trials(deepcopy=False)
        retried = {t.user_attrs.get(record.RETRY_OF) for t in trials}
        for trial in trials:
            configuration = trial.user_attrs.get(record.QUEUED, trial.params)
            whole = configuration.keys() == self._definition.distributions.keys()
            lost = trial.user_attrs.get(record.INTERRUPTED, False)
            if lost and whole and trial.number not in retried:
                self._requeue(trial.number, configuration, trial.user_attrs)

    def _start(self, trial: Trial) -> Job:
        configuration = self._definition.configuration(trial.params)
        seed = trial_seed(self._definition.search.seed, configuration)
        label = trial.user_attrs.get(record.LABEL)
        self._trials[trial.number] = trial
        self._running[trial.number] = RunningTrial(configuration.asdict(), seed, label)
        return Job(trial.number, configuration, seed, label)

    def _tell(
        self, number: int, state: TrialState, value: float | None = None, reason: str | None = None
    ) -> None:
        trial, heard = self._trials.pop(number), self._running.pop(number)
        attributes = heard.attributes()
        if reason is not None:
            attributes[record.REASON] = reason
        for name, attribute in attributes.items():
            trial.set_user_attr(name, attribute)
        self._study.tell(trial, value, state=state)
        self._done += 1
        for copy in self._copies.pop(number, []):
            self._copy(copy, number)

    def _copy(self, trial: Trial, twin: int) -> None:
        """Give ``trial`` the verdict of the same configuration's earlier trial."""
        original = self._study.get_trials(deepcopy=False)[twin]
        for step, value in original.intermediate_values.items():
            trial.report(value, step)
        kept = {k: v for k, v in original.user_attrs.items() if k not in OWN}
        for name, attribute in {**kept, **trial.user_attrs, record.DUPLICATE_OF: twin}.items():
            trial.set_user_attr(name, attribute)
        is_complete = original.state == TrialState.COMPLETE
        self._study.tell(trial, original.value if is_complete else None, state=original.state)
        self._done += 1

    def interrupt(self, number: int, reason: str) -> None:
        """Give up a running trial through no fault of its own: it is queued again."""
        trial, _ = self._trials.pop(number), self._running.pop(number)
        trial.set_user_attr(record.REASON, reason)
        trial.set_user_attr(record.INTERRUPTED, value=True)
        self._study.tell(trial, state=TrialState.FAIL)
        self._known.pop(_key(trial.params))
        self._requeue(number, trial.params, trial.user_attrs)
        for copy in self._copies.pop(number, []):
            copy.set_user_attr(record.REASON, f"waited for trial {number}, which was interrupted")
            copy.set_user_attr(record.INTERRUPTED, value=True)
            self._study.tell(copy, state=TrialState.FAIL)
            self._requeue(copy.number, copy.params, copy.user_attrs)

    def _requeue(self, number: int, params: dict[str, Any], attributes: dict[str, Any]) -> None:
        kept = {k: attributes[k] for k in (record.LABEL, record.CRASHES) if k in attributes}
        _enqueue(self._study, params, {**kept, record.RETRY_OF: number})

    def _set(self, trial: FrozenTrial, name: str, value: object) -> None:
        self._storage.set_trial_user_attr(trial._trial_id, name, value)  # noqa: SLF001 - Optuna offers no other way

    def _sampler_seed(self) -> int:
        """Resuming with the first seed would repeat the first configurations."""
        present = len(self._study.get_trials(deepcopy=False))
        return derive(self._definition.search.seed, "sampler", present) % 2**32

    @property
    def _waiting_copies(self) -> int:
        return sum(map(len, self._copies.values()))


def _counts(trial: FrozenTrial) -> bool:
    """Whether a trial has a verdict and so counts towards the total."""
    return trial.state.is_finished() and not trial.user_attrs.get(record.INTERRUPTED, False)


def _enqueue(
    study: optuna.Study, configuration: dict[str, Any], attributes: dict[str, Any]
) -> None:
    study.enqueue_trial(configuration, user_attrs={**attributes, record.QUEUED: configuration})


def _key(params: dict[str, Any]) -> Key:
    return tuple(sorted(params.items()))
