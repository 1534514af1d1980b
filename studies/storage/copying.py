"""Studies copied from one storage to another: row by row, in one transaction.

Optuna's own calls would store each trial in a transaction of its own, and at a time of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.storages._rdb.models import BaseModel  # the tables themselves: see the module
from sqlalchemy import Column, Table, insert, select
from sqlalchemy.engine import Connection, RowMapping
from sqlalchemy.exc import IntegrityError

from neumf.errors import UserError, did_you_mean
from studies.notes.storing import moved
from studies.storage.database import all_names, backend_of, check, open_storage
from studies.storage.errors import DATABASE_ERRORS, reason_of, record_errors
from studies.storage.names import confirmation_of, is_side, opening_of
from studies.storage.url import masked

TRIALS_AT_ONCE = 200
"""Read and written together, with all that belongs to them."""

_TABLES = BaseModel.metadata.tables
_STUDIES, _TRIALS = _TABLES["studies"], _TABLES["trials"]
_NOTES = _TABLES["study_system_attributes"]

Keys = Mapping[Column[Any], Mapping[int, int]]
"""Of columns that refer to other rows: those rows' old keys to their new ones."""


@dataclass(frozen=True)
class Copied:
    """One study that was copied."""

    name: str
    trials: int
    running: int  # of them, in the midst of a search that goes on


def copy_studies(source: str, target: str, study: str | None) -> list[Copied]:
    """Copy ``study``, or all, with the studies that belong to it: all of it or, on any error,
    nothing.

    Raises:
        UserError: there is no such study, the target has one of the same name, or one of the two
            storages cannot be used.
    """
    wanted = _wanted(source, study)
    check(target)
    known = set(all_names(target))
    for name in wanted:
        if name in known:
            raise _is_there(name, target)
    reader = open_storage(source)
    with record_errors(source):
        try:
            with backend_of(source).snapshot(reader) as old:
                for table in _TABLES.values():  # whole, before the target is made
                    old.execute(select(table).limit(1)).first()
                with open_storage(target, owner=True).engine.begin() as new:
                    return [_copy(name, old, new) for name in wanted]
        except IntegrityError:  # it was created since
            raise _is_there(", ".join(wanted), target) from None
        except DATABASE_ERRORS as error:
            reason = reason_of(error)
            raise UserError(f"nothing was copied to {masked(target)}: {reason}") from error


def _wanted(source: str, study: str | None) -> list[str]:
    found = all_names(source)
    known = [name for name in found if not is_side(name, set(found))]
    if not known:
        raise UserError(f"{masked(source)} holds no studies")
    if study is None:
        return found
    if study not in known:
        raise UserError(f"no study {study!r} in {masked(source)}{did_you_mean(study, known)}")
    sides = (confirmation_of(study), opening_of(study))
    return [study, *(name for name in sides if name in found)]


def _is_there(name: str, target: str) -> UserError:
    return UserError(
        f"study {name!r} is already in {masked(target)}, and nothing was copied; name another"
        " storage, or delete that study"
    )


def _copy(name: str, old: Connection, new: Connection) -> Copied:
    (study,) = old.execute(select(_STUDIES).where(_STUDIES.c.study_name == name)).mappings()
    ids = {study["study_id"]: _insert_whole(new, _STUDIES, [study], {})[0]}
    trials: dict[int, int] = {}
    running = 0
    for batch in _batches(old, study["study_id"]):
        added = _insert_whole(new, _TRIALS, batch, {_TRIALS.c.study_id: ids})
        some = dict(zip((trial["trial_id"] for trial in batch), added, strict=True))
        for table, column in _parts(_TRIALS):
            _copy_parts(old, new, table, column, some)
        trials |= some
        running += sum(trial["state"] == optuna.trial.TrialState.RUNNING for trial in batch)
    for table, column in _parts(_STUDIES):
        if table is not _TRIALS:
            _copy_parts(old, new, table, column, ids, trials)
    return Copied(name, len(trials), running)


def _parts(whole: Table) -> Iterator[tuple[Table, Column[Any]]]:
    """The tables whose rows belong to a row of ``whole``, and the column that says which."""
    for table in BaseModel.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table is whole:
                yield table, key.parent


def _batches(old: Connection, study: int) -> Iterator[Sequence[RowMapping]]:
    last = -1
    while True:
        some = select(_TRIALS).where(_TRIALS.c.study_id == study, _TRIALS.c.trial_id > last)
        batch = old.execute(some.order_by(_TRIALS.c.trial_id).limit(TRIALS_AT_ONCE)).mappings()
        if not (rows := batch.all()):
            return
        yield rows
        last = rows[-1]["trial_id"]


def _copy_parts(
    old: Connection,
    new: Connection,
    table: Table,
    column: Column[Any],
    ids: Mapping[int, int],
    noted: Mapping[int, int] | None = None,
) -> None:
    """The rows of ``table`` that belong to ``ids``, old ones to new ones, in their order. A study's
    notes on its trials are named after these: ``noted`` has their old keys and new ones."""
    (key,) = table.primary_key
    rows = old.execute(select(table).where(column.in_(list(ids))).order_by(key)).mappings().all()
    if rows:
        values = _values(table, rows, {column: ids})
        if table is _NOTES:
            for value in values:
                value["key"] = moved(value["key"], noted or {})
        new.execute(insert(table), values)


def _insert_whole(
    new: Connection, table: Table, rows: Sequence[RowMapping], keys: Keys
) -> list[int]:
    """Add ``rows``, and return their own new keys in the same order."""
    (key,) = table.primary_key
    added = insert(table).returning(key, sort_by_parameter_order=True)
    return list(new.execute(added, _values(table, rows, keys)).scalars())


def _values(table: Table, rows: Sequence[RowMapping], keys: Keys) -> list[dict[str, Any]]:
    """``rows`` without their own keys, and with the new ones of what they belong to."""
    (own,) = table.primary_key
    return [
        {name: value for name, value in row.items() if name != own.name}
        | {column.name: ids[row[column.name]] for column, ids in keys.items()}
        for row in rows
    ]
