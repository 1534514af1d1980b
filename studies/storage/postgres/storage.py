"""Optuna's storage on a server that may go away: each call is repeated until it is known to have
happened, and nothing is stored twice.

Whoever writes owns the study, so what is found after an outage is what was stored before it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any

import optuna
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import event, func, select
from sqlalchemy.engine import ExceptionContext

from studies.storage.errors import reason_of
from studies.storage.postgres.outage import ConnectionLost, Patience

REPEATABLE = (
    *("create_new_study", "set_study_user_attr", "set_study_system_attr"),
    *("get_study_id_from_name", "get_study_name_from_id", "get_study_directions"),
    *("get_study_user_attrs", "get_study_system_attrs", "get_all_studies"),
    *("get_trial_user_attrs", "get_trial_system_attrs", "get_trial_param", "get_trial"),
    *("get_trial_id_from_study_id_trial_number", "_get_trials", "_get_best_trial_id"),
    *("_set_trial_param", "set_trial_intermediate_value"),
    *("set_trial_user_attr", "set_trial_system_attr"),
)
"""Calls of one transaction that may happen twice: they read, or what they write replaces what the
first has written. A study that is created twice exists, and is loaded."""

GOING_AWAY = ("08", "57P")
"""How the SQLSTATE of an error begins that ends a connection."""


class ClosedStorage(RDBStorage):
    """Leaves no connection behind, neither when it cannot be opened nor when nobody uses it."""

    def __init__(self, url: str, engine_options: dict[str, Any], **options: Any) -> None:
        """As Optuna's own."""
        try:
            super().__init__(url, engine_options, **options)
        except BaseException:
            if hasattr(self, "engine"):
                self.engine.dispose()
            raise
        weakref.finalize(self, self.engine.dispose)


class PatientStorage(ClosedStorage):
    """See the module."""

    def __init__(self, url: str, engine_options: dict[str, Any], patience: Patience) -> None:
        """Open what has its tables already, and in the form of this Optuna."""
        self._patience = patience
        super().__init__(
            url, engine_options, skip_compatibility_check=True, skip_table_creation=True
        )
        event.listen(self.engine, "handle_error", _tell_loss)

    def repeat(self, transaction: Callable[[], None]) -> None:
        """Do it until it is known to have happened, perhaps twice."""
        self._patience.call(transaction)

    def _create_new_trial(
        self, study_id: int, template_trial: FrozenTrial | None = None
    ) -> FrozenTrial:
        create = partial(super()._create_new_trial, study_id, template_trial)
        before = self._newest_trial(study_id)

        def again() -> FrozenTrial:
            newest = self._newest_trial(study_id)
            return create() if newest is None or newest == before else self.get_trial(newest)

        return self._patience.call(create, again)

    def set_trial_state_values(
        self, trial_id: int, state: TrialState, values: Sequence[float] | None = None
    ) -> bool:
        store = partial(super().set_trial_state_values, trial_id, state, values)

        def again() -> bool:
            return self.get_trial(trial_id).state == state or store()

        return self._patience.call(store, again)

    def _newest_trial(self, study_id: int) -> int | None:
        trials = optuna.storages._rdb.models.TrialModel  # noqa: SLF001 - Optuna offers no other way
        newest = select(func.max(trials.trial_id)).where(trials.study_id == study_id)

        def look() -> int | None:
            with self.engine.connect() as connection:
                found: int | None = connection.scalar(newest)
                return found

        return self._patience.call(look)


def _repeated(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: PatientStorage, *arguments: Any, **options: Any) -> Any:
        return self._patience.call(partial(method, self, *arguments, **options))

    return call


for _name in REPEATABLE:
    setattr(PatientStorage, _name, _repeated(getattr(RDBStorage, _name)))


def _tell_loss(context: ExceptionContext) -> ConnectionLost | None:
    """Tell a lost connection from all else that a database may say. Optuna itself would repeat
    some calls of which it does not know whether they happened."""
    state = getattr(context.original_exception, "sqlstate", None) or ""
    is_lost = context.connection is None or context.is_disconnect or state.startswith(GOING_AWAY)
    if not is_lost:
        return None
    context.is_disconnect = True
    return ConnectionLost(reason_of(context.original_exception))
