"""A study's storage as its owner has it.

Nobody else writes the owner's trials, so they are read once and then known: to look at them costs
no query, however many are open. What is written :meth:`OwnedStorage.together` is stored in one
transaction, where Optuna's own storage takes one, and two queries, for each value.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    check_distribution_compatibility,
    distribution_to_json,
)
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._rdb import models  # the tables themselves: see the module
from optuna.study import StudyDirection
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, TrialState

from studies.storage.rows import Rows


class OwnedStorage(BaseStorage):
    """Around ``backend``. Studies are read from there and written to it; other programs' changes to
    trials that this one has seen are not noticed, those to studies are: of one that was deleted
    nothing more is stored, and UserError says so."""

    def __init__(self, backend: RDBStorage) -> None:
        self._backend = backend
        self._rows = Rows(backend)
        self._ids = self._rows.studies
        self._directions: dict[int, list[StudyDirection]] = {}  # by study
        self._trials: dict[int, list[FrozenTrial]] = {}  # by study, by number
        self._waiting: dict[int, set[int]] = {}  # by study, the numbers
        self._spaces: defaultdict[int, dict[str, BaseDistribution]] = defaultdict(dict)
        self._places: dict[int, tuple[int, int]] = {}  # by trial, study and number
        self._is_gathering = False

    @property
    def url(self) -> str:
        return self._backend.url

    @contextmanager
    def together(self) -> Iterator[None]:
        """Store what is written inside all at once: in the end, or before a trial is created, so
        that the database always holds what had happened up to some moment. What could not be
        stored is stored with what is written next."""
        self._is_gathering = True
        try:
            yield
        finally:
            self._is_gathering = False
            self._rows.store()

    # ----------------------------------------------------------------- studies

    def create_new_study(
        self, directions: Sequence[StudyDirection], study_name: str | None = None
    ) -> int:
        return self._backend.create_new_study(directions, study_name)

    def delete_study(self, study_id: int) -> None:
        self._backend.delete_study(study_id)
        self._trials.pop(study_id, None)
        for name in [name for name, known in self._ids.items() if known == study_id]:
            del self._ids[name]

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        self._write(models.StudyUserAttributeModel, study_id, key, value_json=json.dumps(value))

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        self._write(models.StudySystemAttributeModel, study_id, key, value_json=json.dumps(value))

    def get_study_id_from_name(self, study_name: str) -> int:
        if study_name not in self._ids:
            self._ids[study_name] = self._backend.get_study_id_from_name(study_name)
        return self._ids[study_name]

    def get_study_name_from_id(self, study_id: int) -> str:
        return self._backend.get_study_name_from_id(study_id)

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        if study_id not in self._directions:
            self._directions[study_id] = self._backend.get_study_directions(study_id)
        return self._directions[study_id]

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        self._rows.store()
        return self._backend.get_study_user_attrs(study_id)

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        self._rows.store()
        return self._backend.get_study_system_attrs(study_id)

    def get_all_studies(self) -> list[FrozenStudy]:
        self._rows.store()
        return self._backend.get_all_studies()

    # ------------------------------------------------------------------ trials

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """At once: the database gives the trial its identifier."""
        known = self._of(study_id)
        self._rows.store()
        self._rows.check()  # Optuna would name only what it does not find
        trial = self._backend._create_new_trial(study_id, template_trial)  # noqa: SLF001 - Optuna's own cache does so
        if trial.number == len(known):
            self._take(study_id, trial)
        else:  # another program has added some, or this one was stopped before it took its last
            del self._trials[study_id]
            self._of(study_id)
        return trial._trial_id  # noqa: SLF001 - likewise

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        study_id, _ = self._places[trial_id]
        usual = self._spaces[study_id].setdefault(param_name, distribution)
        check_distribution_compatibility(usual, distribution)
        trial = self._changed(trial_id, "params", "distributions")
        trial.params[param_name] = distribution.to_external_repr(param_value_internal)
        trial.distributions[param_name] = distribution
        self._write(
            models.TrialParamModel,
            trial_id,
            param_name,
            param_value=param_value_internal,
            distribution_json=distribution_to_json(distribution),
        )

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        trial = self.get_trial(trial_id)
        self.check_trial_is_updatable(trial_id, trial.state)
        if state == TrialState.RUNNING and trial.state != TrialState.WAITING:
            return False
        trial = self._changed(trial_id)
        study_id, number = self._places[trial_id]
        trial.state = state
        self._waiting[study_id].discard(number)
        if state == TrialState.RUNNING:
            trial.datetime_start = datetime.now()  # noqa: DTZ005 - as Optuna stores it
        elif state.is_finished():
            trial.datetime_complete = datetime.now()  # noqa: DTZ005 - likewise
        if values is not None:
            trial.values = list(values)
            for objective, value in enumerate(values):
                stored, kind = models.TrialValueModel.value_to_stored_repr(value)
                self._write(
                    models.TrialValueModel, trial_id, objective, value=stored, value_type=kind
                )
        self._rows.put_state(trial)
        self._store_unless_gathering()
        return True

    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        self._changed(trial_id, "intermediate_values").intermediate_values[step] = (
            intermediate_value
        )
        model = models.TrialIntermediateValueModel
        stored, kind = model.intermediate_value_to_stored_repr(intermediate_value)
        self._write(model, trial_id, step, intermediate_value=stored, intermediate_value_type=kind)

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        text = json.dumps(value)
        self._changed(trial_id, "user_attrs").user_attrs[key] = json.loads(text)
        self._write(models.TrialUserAttributeModel, trial_id, key, value_json=text)

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        text = json.dumps(value)
        self._changed(trial_id, "system_attrs").system_attrs[key] = json.loads(text)
        self._write(models.TrialSystemAttributeModel, trial_id, key, value_json=text)

    def get_trial(self, trial_id: int) -> FrozenTrial:
        study_id, number = self._places[trial_id]
        return self._trials[study_id][number]

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        trials = self._of(study_id)
        if states == (TrialState.WAITING,):  # asked for before every trial
            found = [trials[number] for number in sorted(self._waiting[study_id])]
        elif states is None:
            found = trials.copy()
        else:
            found = [trial for trial in trials if trial.state in states]
        return copy.deepcopy(found) if deepcopy else found

    def remove_session(self) -> None:
        self._backend.remove_session()

    # ------------------------------------------------------------------ inside

    def _of(self, study_id: int) -> list[FrozenTrial]:
        if study_id not in self._trials:
            self._trials[study_id], self._waiting[study_id] = [], set()
            for trial in self._backend.get_all_trials(study_id, deepcopy=False):
                self._take(study_id, trial)
        return self._trials[study_id]

    def _take(self, study_id: int, trial: FrozenTrial) -> None:
        self._places[trial._trial_id] = study_id, trial.number  # noqa: SLF001 - what storages know trials by
        self._trials[study_id].append(trial)
        if trial.state == TrialState.WAITING:
            self._waiting[study_id].add(trial.number)
        for name, distribution in trial.distributions.items():
            self._spaces[study_id].setdefault(name, distribution)

    def _changed(self, trial_id: int, *parts: str) -> FrozenTrial:
        """A copy of the trial, in its place, whose ``parts`` may be changed: a reader of trials
        holds the one before."""
        study_id, number = self._places[trial_id]
        trial = copy.copy(self._trials[study_id][number])
        self.check_trial_is_updatable(trial_id, trial.state)
        for part in parts:
            setattr(trial, part, dict(getattr(trial, part)))
        self._trials[study_id][number] = trial
        return trial

    def _write(self, model: type[models.BaseModel], owner: int, key: str | int, **row: Any) -> None:
        self._rows.put(model, owner, key, row)
        self._store_unless_gathering()

    def _store_unless_gathering(self) -> None:
        if not self._is_gathering:
            self._rows.store()


def owned(storage: BaseStorage) -> BaseStorage:
    """A database as its owner has it; what is in memory alone is so already."""
    return OwnedStorage(storage) if isinstance(storage, RDBStorage) else storage


def together(storage: BaseStorage) -> AbstractContextManager[None]:
    """See :meth:`OwnedStorage.together`; nothing to an :func:`owned` one in memory."""
    return storage.together() if isinstance(storage, OwnedStorage) else nullcontext()
