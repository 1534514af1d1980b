"""Rows of Optuna's tables that wait to be stored, and are stored in one transaction."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

from optuna.storages import RDBStorage
from optuna.storages._rdb.models import BaseModel, StudyModel, TrialModel  # the tables themselves
from optuna.trial import FrozenTrial
from sqlalchemy import Connection, Table, UniqueConstraint, bindparam, select, update
from sqlalchemy.sql import Executable

from neumf.errors import UserError
from studies.storage.postgres.storage import PatientStorage

_STUDIES = BaseModel.metadata.tables[StudyModel.__tablename__]
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
    transaction that holds them is known to have happened, and storing them twice does no harm.

    ``studies``, name to identifier, must still be there: nothing is stored once one is not.
    """

    def __init__(self, storage: RDBStorage) -> None:
        self._storage = storage
        self._rows: defaultdict[Table, dict[tuple[int, str | int], dict[str, Any]]]
        self._rows = defaultdict(dict)
        self._states: dict[int, dict[str, Any]] = {}
        self.studies: dict[str, int] = {}

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
        self._do(self._transaction)
        self._rows.clear()
        self._states.clear()

    def check(self) -> None:
        """See that the studies are there, though nothing is to be stored.

        Raises:
            UserError: one is not.
        """
        self._do(self._look)

    def _do(self, transaction: Callable[[], None]) -> None:
        if isinstance(self._storage, PatientStorage):
            self._storage.repeat(transaction)
        else:
            transaction()

    def _transaction(self) -> None:
        with self._storage.engine.begin() as connection:
            self._check(connection)
            for table, rows in self._rows.items():
                connection.execute(_upsert(table, connection.dialect.name), list(rows.values()))
            if self._states:
                connection.execute(_NEW_STATE, list(self._states.values()))

    def _look(self) -> None:
        with self._storage.engine.begin() as connection:
            self._check(connection)

    def _check(self, connection: Connection) -> None:
        """SQLite gives the identifiers of what was deleted to what is made next, and asks no row
        for its parent: another study would get these rows."""
        known = select(_STUDIES.c.study_name, _STUDIES.c.study_id)
        found = connection.execute(known.where(_STUDIES.c.study_name.in_(self.studies)))
        there = set(map(tuple, found))
        for name, number in self.studies.items():
            if (name, number) not in there:
                raise UserError(
                    f"study {name!r} was deleted while in use; run the same command again to"
                    " start it anew"
                )


@cache
def _unique(table: Table) -> tuple[str, str]:
    """The columns that tell a row from the others: whose it is, and which of these."""
    (constraint,) = (c for c in table.constraints if isinstance(c, UniqueConstraint))
    of, by = (column.name for column in constraint.columns)
    return of, by


@cache
def _upsert(table: Table, kind: str) -> Executable:
    insert: Any = importlib.import_module(f"sqlalchemy.dialects.{kind}").insert(table)
    (own,) = table.primary_key
    keys = _unique(table)
    new = {c.name: insert.excluded[c.name] for c in table.c if c is not own and c.name not in keys}
    upsert: Executable = insert.on_conflict_do_update(index_elements=keys, set_=new)
    return upsert
