"""Notes for Optuna's dashboard: what they tell, whose they are, and what they cost."""

from __future__ import annotations

import contextlib
import re
from html import unescape
from typing import Any

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.storages import InMemoryStorage
from optuna_dashboard import get_note, save_note

from studies.ledger import notes
from studies.ledger.ledger import Ledger
from studies.ledger.notes import write_study_notes
from studies.notes.markdown import code, text
from studies.notes.storing import MOST_LETTERS, store_study_note, store_trial_note
from studies.notes.study_note import study_note
from studies.notes.trial_note import trial_note
from studies.results.study_result import StudyResult, TrialResult
from tests.reports.gallery import AWKWARD
from tests.studies.synthetic import DATA, STARTING_POINTS, define, finish, results, stored, train


def load(storage: InMemoryStorage) -> optuna.Study:
    return optuna.load_study(study_name="made", storage=storage)


def note_of(storage: InMemoryStorage, number: int) -> str:
    """A trial's note as the dashboard reads it."""
    study = load(storage)
    trial = optuna.Trial(study, study.get_trials()[number]._trial_id)
    return str(get_note(trial))


@given(st.text())
def test_any_text_is_text(words: str) -> None:
    """It comes back word for word, and has no character that Markdown or HTML gives a meaning."""
    escaped = text(words)
    plain = re.sub(r"&#\d+;", "", escaped)
    assert not set(plain) & set("<>&`*_[]{}|\\$#\n")
    marked = {ord(c): f"&#{ord(c)};" for c in "\\`*_{}[]<>()#|~$&!=:@"}
    assert escaped == " ".join(words.split()).translate(marked)


def test_escaped_text_is_read_as_it_was() -> None:
    """By a reader of character references."""
    assert unescape(text("<script>alert(1)</script> | **a** `b` $c$")) == (
        "<script>alert(1)</script> | **a** `b` $c$"
    )


@given(st.text(alphabet="`a \n~<"))
def test_code_cannot_leave_its_fence(line: str) -> None:
    """Whatever backticks are in it."""
    fence, *inside, end = code(line).split("\n")
    assert fence == end
    assert set(fence) == {"`"}
    assert all(fence not in one for one in inside)


@pytest.mark.parametrize("study", AWKWARD.values(), ids=AWKWARD)
def test_every_study_has_a_note(study: StudyResult) -> None:
    """The awkward ones too, in which no name is markup outside code."""
    told = study_note(study)
    assert told.startswith("# ")
    outside = re.sub(r"(`{3,})\n.*?\n\1", "", told, flags=re.DOTALL)
    assert "<" not in outside
    for trial in study.trials:
        told = trial_note(trial, study.name, None)
        assert "<" not in re.sub(r"(`{3,})\n.*?\n\1", "", told, flags=re.DOTALL)


def test_trials_have_notes_as_they_end_and_the_study_as_its_best_changes() -> None:
    """While the search runs."""
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(3, starting_points=STARTING_POINTS), DATA)
    assert "no trial is complete yet" in get_note(load(storage))
    for value in (0.3, 0.5, 0.4):
        job = ledger.ask()
        assert job is not None
        train(ledger, job, lambda _, value=value: [value])  # type: ignore[misc]
        best = 0 if value == 0.3 else 1
        assert f"trial {best}" in get_note(load(storage))
        assert f"**{value:.4f}** on validation" in note_of(storage, job.number)
    assert "0.5000" in get_note(load(storage))


def test_failed_and_lost_trials_say_why() -> None:
    """In their notes."""
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(3), DATA)
    one, two = ledger.ask(), ledger.ask()
    assert one is not None
    assert two is not None
    ledger.fail(one.number, "loss nan in epoch <1>")
    ledger.interrupt(two.number, "the search was interrupted")
    assert "Reason: loss nan in epoch &#60;1&#62;." in note_of(storage, one.number)
    assert "Its configuration was queued again" in note_of(storage, two.number)


def test_a_persons_note_is_kept() -> None:
    """Of the study, once a person has written or changed it."""
    storage = InMemoryStorage()
    finish(Ledger(storage, define(2), DATA))
    before = get_note(load(storage))
    write_study_notes(storage, "made")
    assert get_note(load(storage)) == before
    save_note(load(storage), "mine")
    write_study_notes(storage, "made")
    assert get_note(load(storage)) == "mine"


@pytest.mark.parametrize("killed_at", range(1, 4))
def test_killed_while_it_writes_the_studys_note(killed_at: int) -> None:
    """Before any of its writes: the next one brings the note up to date, and it is a person's once
    they change it."""

    class Killed(InMemoryStorage):
        writes = 0

        def set_study_system_attr(self, *arguments: Any) -> None:
            self.writes += 1
            if self.writes == killed_at:
                raise KeyboardInterrupt
            super().set_study_system_attr(*arguments)

    storage = Killed()
    study = optuna.create_study(storage=storage, study_name="made")
    with contextlib.suppress(KeyboardInterrupt):
        store_study_note(study, "first")
    for note in ("second", "third"):
        store_study_note(study, note)
        assert get_note(study) == note
    save_note(study, "mine")
    store_study_note(study, "fourth")
    assert get_note(study) == "mine"


def test_a_persons_note_on_a_running_trial_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole, however long it is, when the trial ends."""
    monkeypatch.setattr(notes, "PATIENCE", 0)
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(2), DATA)
    mine = "mine " * MOST_LETTERS
    job = ledger.ask()
    assert job is not None
    save_note(optuna.Trial(load(storage), load(storage).trials[0]._trial_id), mine)
    train(ledger, job, lambda _: [0.3])
    finish(ledger)
    assert note_of(storage, 0) == mine
    assert note_of(storage, 1).startswith("**Trial 1**")


def test_what_has_no_note_gets_one_when_the_study_is_opened() -> None:
    """A study of an older version; a note that a person wrote there stays."""
    storage = InMemoryStorage()
    finish(Ledger(storage, define(3), DATA))
    study = load(storage)
    for name in list(storage.get_study_system_attrs(study._study_id)):
        if ":note" in name:
            del storage._studies[study._study_id].system_attrs[name]
    trial = study.get_trials()[1]._trial_id
    store_trial_note(study, trial, "mine")
    Ledger(storage, define(3), DATA)
    assert note_of(storage, 0).startswith("**Trial 0**")
    assert note_of(storage, 1) == "mine"
    assert get_note(study).startswith("# made")


def test_a_note_of_any_length_is_read_whole() -> None:
    """And a shorter one after it leaves nothing of it."""
    storage = InMemoryStorage()
    study = optuna.create_study(storage=storage, study_name="made")
    for length in (0, 1, MOST_LETTERS, MOST_LETTERS + 1, 5 * MOST_LETTERS, 3):
        note = "x" * length
        store_study_note(study, note)
        assert get_note(study) == note


def test_a_large_study_has_notes_of_its_first_trials_and_its_best(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The dashboard is slow to look notes up."""
    monkeypatch.setattr(notes, "MOST_NOTES", 2)
    storage = InMemoryStorage()
    values = iter([0.1, 0.2, 0.15, 0.3, 0.25])
    finish(Ledger(storage, define(5), DATA), lambda _: [next(values)])
    assert [bool(note_of(storage, n)) for n in range(5)] == [True, True, False, True, False]
    Ledger(storage, define(5), DATA)
    assert [bool(note_of(storage, n)) for n in range(5)] == [True, True, False, True, False]


def test_a_trials_note_costs_the_same_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two attributes are written and none is read, unless the trial takes the lead."""
    storage = InMemoryStorage()
    calls: list[str] = []
    ledger = Ledger(storage, define(40), DATA)
    for name in ("get_study_system_attrs", "set_study_system_attr"):
        real = getattr(storage, name)

        def spy(*arguments: object, name: str = name, real: object = real) -> object:
            calls.append(name)
            return real(*arguments)  # type: ignore[operator]

        monkeypatch.setattr(storage, name, spy)
    falling = (0.5 - n / 100 for n in range(40))
    counts = []
    while job := ledger.ask():
        value = next(falling)
        for epoch in results([value]):
            ledger.record(job.number, epoch)
        calls.clear()
        ledger.complete(job.number)
        counts.append(list(calls))
    assert len(stored(storage)) == 40
    assert all(count == ["set_study_system_attr"] * 2 for count in counts[1:])


def test_a_trial_without_numbers_has_a_note() -> None:
    """Lost before its first epoch."""
    told = trial_note(TrialResult(3, "interrupted", {}, reason="the coordinator died"), "a", None)
    assert told == (
        "**Trial 3**: interrupted.\n\n"
        "Reason: the coordinator died. Its configuration was queued again."
    )
