"""Studies copied between storages: every field as it was, all or nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import BaseStorage
from optuna.storages._rdb.models import BaseModel
from optuna.trial import TrialState, create_trial
from optuna_dashboard import get_note

from neumf.errors import UserError
from studies.ledger.ledger import Ledger
from studies.notes.storing import moved
from studies.storage import copying
from studies.storage.copying import copy_studies
from studies.storage.database import names, open_storage
from tests.postgres_server import Server
from tests.search.study_folder import environment
from tests.studies.storages import url_of
from tests.studies.synthetic import DATA, ask, define, finish, results, train

SIDES = ("made/confirm", "made/test")


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A study with trials in every state, two that belong to it, and another study."""
    url = url_of(tmp_path / "source.db")
    storage = open_storage(url, owner=True)
    Ledger(storage, define(2, name="other"), DATA)
    ledger = Ledger(storage, define(12), DATA, "made --seed 1")
    ledger.start_session({"workers": 2})
    for _ in range(8):
        train(ledger, ask(ledger))
    ledger.crash(ask(ledger).number, "killed")
    ledger.fail(ask(ledger).number, "NaN")
    job = ask(ledger)
    ledger.record(job.number, results([0.1])[0])
    ledger.interrupt(ask(ledger).number, "asked to")
    for name in SIDES:
        side = optuna.create_study(storage=storage, study_name=name, direction="maximize")
        side.add_trial(
            create_trial(
                value=0.1 + 0.2,
                system_attrs={"neumf:x": "ü" * 3000},
                user_attrs={"none": None, "nested": {"a": [1, 2.5]}},
                intermediate_values={3: float("nan"), 1: float("inf"), 2: -1e-300},
            )
        )
        storage.set_study_system_attr(side._study_id, "neumf:y", [1])
    return url


def facts(storage: BaseStorage, name: str) -> list[Any]:
    """All that Optuna knows of a study, but for the keys of its rows."""
    number = storage.get_study_id_from_name(name)
    trials = storage.get_all_trials(number)
    identifiers = {trial._trial_id: trial.number for trial in trials}
    attributes = storage.get_study_system_attrs(number)
    found: list[Any] = [
        storage.get_study_directions(number),
        storage.get_study_user_attrs(number),
        {moved(key, identifiers): value for key, value in attributes.items()},
    ]
    for trial in trials:
        kept = {key: value for key, value in vars(trial).items() if key != "_trial_id"}
        found.append(sorted((key, as_text(value)) for key, value in kept.items()))
        found.append([*map(list, (trial.params, trial.distributions))])  # in their order
    return found


def as_text(value: Any) -> str:
    """NaN is not equal to itself, and attributes come in any order."""
    return repr(sorted(value.items()) if isinstance(value, dict) else value)


def assert_same(source: str, target: str, copied: list[str]) -> None:
    one, other = open_storage(source), open_storage(target)
    for name in copied:
        assert facts(one, name) == facts(other, name), name


def test_what_there_is_to_copy() -> None:
    """Every table of this Optuna's is known."""
    parts = {t for whole in ("studies", "trials") for t, _ in copying._parts(tables[whole])}
    assert {*parts, tables["studies"], tables["version_info"]} == set(tables.values())


tables = BaseModel.metadata.tables


def test_a_study_and_what_belongs_to_it(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In as many batches as it takes. The copy goes on where the original was, and is its own."""
    monkeypatch.setattr(copying, "TRIALS_AT_ONCE", 5)
    target = url_of(tmp_path / "new" / "target.db")
    before = facts(open_storage(source), "made")
    copied = copy_studies(source, target, "made")
    assert [one.name for one in copied] == ["made", *SIDES]
    assert (copied[0].trials, copied[0].running) == (13, 1)
    assert names(target) == ["made"]
    assert_same(source, target, ["made", *SIDES])
    storage = open_storage(target, owner=True)
    finish(Ledger(storage, define(12), DATA))
    assert facts(open_storage(source), "made") == before


def test_notes_stay_with_their_trials(source: str, tmp_path: Path) -> None:
    """As the dashboard reads them, among trials that have the identifiers which these had."""
    target = url_of(tmp_path / "target.db")
    finish(Ledger(open_storage(target, owner=True), define(3, name="theirs"), DATA))
    copy_studies(source, target, "made")
    study = optuna.load_study(study_name="made", storage=open_storage(target))
    for trial in study.get_trials()[:8]:
        note = get_note(optuna.Trial(study, trial._trial_id))
        assert note.startswith(f"**Trial {trial.number}**")
        assert f"--trial {trial.number} " in note
    assert get_note(study).startswith("# made")


def test_all_studies(source: str, tmp_path: Path) -> None:
    """Beside those that are there already."""
    target = url_of(tmp_path / "target.db")
    finish(Ledger(open_storage(target, owner=True), define(3, name="theirs"), DATA))
    copy_studies(source, target, None)
    assert sorted(names(target)) == ["made", "other", "theirs"]
    assert_same(source, target, ["made", *SIDES, "other"])


@pytest.mark.parametrize("there", ["made", "made/test"])
def test_nothing_is_overwritten(source: str, there: str, tmp_path: Path) -> None:
    """If one study is there, nothing of any is copied."""
    target = url_of(tmp_path / "target.db")
    optuna.create_study(storage=open_storage(target, owner=True), study_name=there)
    with pytest.raises(UserError) as refused:
        copy_studies(source, target, None)
    assert str(refused.value) == (
        f"study {there!r} is already in {target}, and nothing was copied; name another storage, or"
        " delete that study"
    )
    assert optuna.get_all_study_names(open_storage(target)) == [there]
    with pytest.raises(UserError, match="is already in"):
        copy_studies(source, source, "made")


def test_what_is_cut_short_leaves_nothing(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the midst of the last study."""
    target = url_of(tmp_path / "target.db")
    copy = copying._copy

    def cut(name: str, *connections: Any) -> Any:
        copied = copy(name, *connections)
        if name == SIDES[-1]:
            raise KeyboardInterrupt
        return copied

    monkeypatch.setattr(copying, "_copy", cut)
    with pytest.raises(KeyboardInterrupt):
        copy_studies(source, target, None)
    assert optuna.get_all_study_names(open_storage(target)) == []


def test_what_is_not_there(source: str, tmp_path: Path) -> None:
    """Is told, and no file is made."""
    target = url_of(tmp_path / "target.db")
    with pytest.raises(UserError, match="no study 'mad' in .*; did you mean 'made'"):
        copy_studies(source, target, "mad")
    with pytest.raises(UserError, match="holds no studies"):
        copy_studies(url_of(tmp_path / "none.db"), target, None)
    assert {path.name for path in tmp_path.glob("*.db")} == {"source.db"}


@pytest.mark.slow
def test_to_a_server_and_back(source: str, postgres: Server, tmp_path: Path) -> None:
    """As a person does it; nothing is lost on the way."""
    server, back = postgres.url(postgres.create()), url_of(tmp_path / "back.db")
    done = run(source, server)
    assert done.returncode == 0, done.stderr
    assert "made: 13 trials copied, 1 of them running" in done.stdout.splitlines()
    assert_same(source, server, ["made", *SIDES, "other"])
    assert run(server, back, "made").returncode == 0
    assert_same(source, back, ["made", *SIDES])
    again = run(source, server, "made")
    assert again.returncode == 2
    assert "is already in" in again.stderr
    assert len(again.stderr.splitlines()) == 1


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "studies.copy", *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_states_that_a_copy_has(source: str, tmp_path: Path) -> None:
    """There is something to lose: the study has trials of every state."""
    copy_studies(source, url_of(tmp_path / "target.db"), "made")
    storage = open_storage(url_of(tmp_path / "target.db"))
    trials = storage.get_all_trials(storage.get_study_id_from_name("made"))
    assert {trial.state for trial in trials} >= {
        TrialState.COMPLETE,
        TrialState.FAIL,
        TrialState.RUNNING,
        TrialState.WAITING,
    }
