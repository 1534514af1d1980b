"""Definitions and databases that were damaged, or made by somebody else: read, or refused in one
line."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optuna.storages import InMemoryStorage

from neumf.errors import UserError
from reports.page import render
from studies.definition.loading import load
from studies.ledger.ledger import Ledger
from studies.results.readback import read, read_from
from studies.storage import packed
from studies.storage.database import names, open_storage
from studies.storage.errors import record_errors
from studies.storage.packed import pack, unpack
from tests.budget import examples
from tests.damage import damaged
from tests.specials import SPECIALS, make_special
from tests.studies.storages import url_of
from tests.studies.synthetic import BRANCHED, DATA, define, finish

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


NUMBERS = count()
"""Of databases: this process keeps one open, once it has been opened."""


def fitting(number: int) -> settings:
    """So many examples, in one folder."""
    return settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(number)
    )


def in_one_line(refused: UserError, path: Path) -> bool:
    return str(path) in str(refused) and len(str(refused).splitlines()) == 1


@given(damaged(BRANCHED.encode()))
@fitting(300)
def test_a_definition(tmp_path: Path, content: bytes) -> None:
    """Whatever a disk or an editor has made of it."""
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    try:
        definition = load(str(path))
    except UserError as refused:
        if not in_one_line(refused, path):
            raise
    else:
        assert definition.name


@pytest.mark.parametrize("kind", SPECIALS)
def test_what_is_no_file(kind: str, tmp_path: Path) -> None:
    """In the place of a definition: nobody waits for a pipe."""
    with pytest.raises(UserError, match="no such file"):
        load(str(make_special(kind, tmp_path / "mine.toml")))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with a finished study, and a session of it."""
    path = tmp_path_factory.mktemp("whole") / "studies.db"
    storage = open_storage(url_of(path), owner=True)
    ledger = Ledger(storage, define(8), DATA)
    ledger.start_session({"started": "2026-01-01", "workers": 1})
    finish(ledger)
    storage.engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return path.read_bytes()


def used_or_refused(path: Path) -> None:
    """What can be read can be drawn."""
    url = url_of(path)
    try:
        for name in names(url):
            study = read(url, name)
            with record_errors(url):
                render(study, url)
    except UserError as refused:
        if not in_one_line(refused, path):
            raise


@pytest.mark.slow
@given(data=st.data())
@fitting(25)
def test_the_bytes_of_a_database(whole: bytes, tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / f"{next(NUMBERS)}.db"
    path.write_bytes(data.draw(damaged(whole)))
    used_or_refused(path)


@pytest.mark.slow
@given(data=st.data(), value=JSON.map(json.dumps) | st.sampled_from(["", "{", "[1,", "nul"]))
@fitting(25)
def test_the_records_in_a_database(
    whole: bytes, tmp_path: Path, data: st.DataObject, value: str
) -> None:
    """Of the study or a trial, one has another type, or is no JSON."""
    path = tmp_path / f"{next(NUMBERS)}.db"
    path.write_bytes(whole)
    of = data.draw(st.sampled_from(["study", "trial"]))
    shown = data.draw(st.sampled_from(["user", "system"]))
    table = f"{of}_{shown}_attributes"
    with closing(sqlite3.connect(path)) as connection:
        keys = connection.execute(f"SELECT DISTINCT key FROM {table} ORDER BY key").fetchall()
        key = data.draw(st.sampled_from(keys))
        connection.execute(f"UPDATE {table} SET value_json = ? WHERE key = ?", (value, *key))
        connection.commit()
    used_or_refused(path)


def test_a_stored_command_is_words_to_a_shell() -> None:
    """A page shows it to be copied."""
    storage = InMemoryStorage()
    Ledger(storage, define(1), DATA, "mine.toml --name 'a b'; echo $HOME")
    assert read_from(storage, "made").command == "mine.toml --name 'a b;' echo '$HOME'"


def test_packed_numbers_unfold_no_further_than_any_study_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They stand in a database, and can stand for a thousand times their size."""
    monkeypatch.setattr(packed, "MOST", 4000)
    assert len(unpack(pack(np.zeros(1000, np.int64)))) == 1000
    for text in (pack(np.zeros(1001, np.int64)), pack(np.arange(99))[:-8]):
        with pytest.raises(ValueError, match="cut short, or of more than"):
            unpack(text)
