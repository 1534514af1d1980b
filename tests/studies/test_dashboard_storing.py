"""Graphs, artifacts and attributes as Optuna's dashboard reads them."""

from __future__ import annotations

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.storages import InMemoryStorage
from optuna_dashboard._custom_plot_data import get_plotly_graph_objects
from optuna_dashboard.artifact._backend import list_study_artifacts, list_trial_artifacts

from studies.ledger.ledger import Ledger
from studies.notes.artifacts import CURVE, PAGE, Place, identifier, place_of
from studies.notes.storing import MOST_LETTERS, store_graph
from studies.storage import record
from tests.studies import fresh_runs
from tests.studies.synthetic import DATA, define, finish, stored


def attributes(storage: InMemoryStorage) -> dict[str, object]:
    """System attributes of the study."""
    return dict(storage.get_study_system_attrs(storage.get_study_id_from_name("made")))


def test_a_graph_of_any_length_is_read_whole() -> None:
    """And a shorter one after it leaves nothing of it; another graph stays."""
    storage = InMemoryStorage()
    study = optuna.create_study(storage=storage, study_name="made")
    store_graph(study, "neumf-answer", "{}")
    for length in (1, MOST_LETTERS, MOST_LETTERS + 1, 5 * MOST_LETTERS, 3):
        figure = "x" * length
        store_graph(study, "neumf-path", figure)
        found = get_plotly_graph_objects(attributes(storage))
        assert found == {"neumf-answer": "{}", "neumf-path": figure}


def test_only_the_part_of_a_graph_that_changed_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server may be far away."""
    storage = InMemoryStorage()
    study = optuna.create_study(storage=storage, study_name="made")
    store_graph(study, "neumf-path", "a" * MOST_LETTERS + "b")
    written: list[str] = []
    monkeypatch.setattr(
        storage, "set_study_system_attr", lambda _study, name, _value: written.append(name)
    )
    store_graph(study, "neumf-path", "a" * MOST_LETTERS + "b")
    assert written == []
    store_graph(study, "neumf-path", "a" * MOST_LETTERS + "c")
    assert written == ["dashboard:plot_data:neumf-path:1"]


@given(st.text(min_size=1), st.one_of(st.none(), st.integers(0, 10**6)))
def test_an_identifier_leads_back(study: str, trial: int | None) -> None:
    """To the study and the trial, whatever the study is called, in characters that an address of
    the dashboard's may have and as many as a storage takes."""
    found = identifier(Place(study, trial))
    assert set(found) <= set("0123456789abcdef-")
    assert len(found) < 64
    assert place_of(found, [study + "'", study]) == Place(study, trial)
    assert place_of(found, [study + "'"]) is None


@pytest.mark.parametrize("wrong", ["", "-", "abc", identifier(Place("made")) + "-abc"])
def test_what_is_no_identifier_leads_nowhere(wrong: str) -> None:
    assert place_of(wrong, ["made"]) is None


def test_the_dashboard_knows_of_the_page_and_of_every_curve() -> None:
    """One page for the study, however often it is opened; a curve for each trial, which it can
    ask for while the trial runs."""
    storage = InMemoryStorage()
    finish(Ledger(storage, define(2), DATA))
    ledger = Ledger(storage, define(3), DATA)
    assert ledger.ask() is not None
    (page,) = list_study_artifacts(attributes(storage))
    assert (page["filename"], page["mimetype"]) == (PAGE, "text/html")
    for trial in stored(storage):
        (curve,) = list_trial_artifacts(attributes(storage), trial.system_attrs, trial)
        assert (curve["filename"], curve["mimetype"]) == (CURVE, "image/svg+xml")
        assert place_of(curve["artifact_id"], ["made"]) == Place("made", trial.number)


def test_runs_over_fresh_seeds_have_curves_and_say_whose_they_are() -> None:
    """One that was interrupted too, though its configuration has another run."""
    storage = InMemoryStorage()
    finish(Ledger(storage, fresh_runs.DEFINITION, DATA))
    runs = fresh_runs.begin(storage)
    lost = fresh_runs.ask(runs)
    runs.interrupt(lost.number, "the session was interrupted")
    fresh_runs.hold(runs)
    kept = fresh_runs.kept(storage)
    for trial in kept:
        (curve,) = list_trial_artifacts({}, trial.system_attrs, trial)
        place = place_of(curve["artifact_id"], ["made", fresh_runs.NAME])
        assert place == Place(fresh_runs.NAME, trial.number)
    assert len(kept) == runs.total + 1
    study = storage.get_study_id_from_name(fresh_runs.NAME)
    assert storage.get_study_user_attrs(study) == {record.PART_OF: "made"}


def test_a_study_tells_a_person_what_a_person_reads() -> None:
    """Lines, and nothing nested; the answer as it is by then."""
    storage = InMemoryStorage()
    ledger = Ledger(storage, define(1), DATA, "made --seed 1")
    number = storage.get_study_id_from_name("made")
    assert storage.get_study_user_attrs(number) == {
        record.DATASET: "two",
        record.PROTOCOL: "split leave-one-out, candidates 99",
        record.ANSWER: "there is no answer yet: this study has no trials",
        record.RUN_AGAIN: "python -m search.run made --seed 1",
    }
    finish(ledger)
    answer = storage.get_study_user_attrs(number)[record.ANSWER]
    assert answer.startswith("nothing is confirmed yet: the only trial has nDCG@10 0.")
