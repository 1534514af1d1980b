"""Rows of Optuna's tables that wait to be stored, and are stored in one transaction."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from optuna.storages import RDBStorage
from optuna.storages._rdb.models import BaseModel, TrialModel  # the tables themselves
from optuna.trial import FrozenTrial
from sqlalchemy import Table, UniqueConstraint, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import Executable

from studies.storage.postgres.storage import PatientStorage

_TRIALS = BaseModel.metadata.tables[TrialModel.__tablename__]
_NEW_STATE = (
    update(_TRIALS)
    .where(_TRIALS.c.trial_id == bindparam("of_trial"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("state", "datetime_start", "datetime_complete")
        }
    )
)


class Rows:
    """What is put later replaces what was put for the same key. Rows are kept until the
    transaction that holds them is known to have happened, and storing them twice does no harm."""

    def __init__(self, storage: RDBStorage) -> None:
        self._storage = storage
        self._rows: defaultdict[Table, dict[tuple[int, str | int], dict[str, Any]]]
        self._rows = defaultdict(dict)
        self._states: dict[int, dict[str, Any]] = {}

    def put(self, model: type[BaseModel], owner: int, key: str | int, row: dict[str, Any]) -> None:
        """A row of ``model``'s table that belongs to the study or trial ``owner``."""
        table = BaseModel.metadata.tables[model.__tablename__]
        of, by = _unique(table)
        self._rows[table][owner, key] = {of: owner, by: key, **row}

    def put_state(self, trial: FrozenTrial) -> None:
        """A trial's state, and when it came to be so."""
        identifier = trial._trial_id  # noqa: SLF001 - what storages know trials by
        self._states[identifier] = {
            "of_trial": identifier,
            "new_state": trial.state,
            "new_datetime_start": trial.datetime_start,
            "new_datetime_complete": trial.datetime_complete,
        }

    def store(self) -> None:
        """All of them, or none."""
        if not self._rows and not self._states:
            return
        if isinstance(self._storage, PatientStorage):
            self._storage.repeat(self._transaction)
        else:
            self._transaction()
        self._rows.clear()
        self._states.clear()

    def _transaction(self) -> None:
        with self._storage.engine.begin() as connection:
            for table, rows in self._rows.items():
                connection.execute(_upsert(table, connection.dialect.name), list(rows.values()))
            if self._states:
                connection.execute(_NEW_STATE, list(self._states.values()))


@cache
def _unique(table: Table) -> tuple[str, str]:
    """The columns that tell a row from the others: whose it is, and which of these."""
    (constraint,) = (c for c in table.constraints if isinstance(c, UniqueConstraint))
    of, by = (column.name for column in constraint.columns)
    return of, by


@cache
def _upsert(table: Table, kind: str) -> Executable:
    insert = sqlite.insert(table) if kind == "sqlite" else postgresql.insert(table)
    (own,) = table.primary_key
    keys = _unique(table)
    new = {c.name: insert.excluded[c.name] for c in table.c if c is not own and c.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=new)
