"""What the model does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports import text
from reports.page import render
from reports.sections import behaviour
from studies.results.study_result import StudyResult
from tests.reports import confirmed
from tests.reports.gallery import AWKWARD, HOSTILE
from tests.reports.reader import Reader, said


def content(study: StudyResult) -> behaviour.Content:
    found = behaviour.section(study)
    assert found is not None
    assert isinstance(found.content, behaviour.Content)
    return found.content


@pytest.mark.parametrize(
    "study", [confirmed.unopened(), confirmed.half_opened(), confirmed.opened_before()]
)
def test_nothing_is_told_of_what_was_not_looked_at(study: StudyResult) -> None:
    """Before the test split is opened, and where an older version opened it."""
    assert behaviour.section(study) is None
    assert 'id="behaviour"' not in render(study)


def test_every_group_has_every_model_and_the_best_simple_one_to_compare_with() -> None:
    study = confirmed.loses()
    assert study.opening is not None
    assert study.opening.best_baseline is not None
    found = content(study)
    assert found.models == ("NeuMF", "EASE^R", "popularity", "item-kNN", "iALS")
    assert found.rival == study.opening.best_baseline.label == "EASE^R"
    page = said(render(study))
    for table in found.tables:
        assert 1 < len(table.rows) <= 4
        assert sum(row.group.lists for row in table.rows) == confirmed.USERS
        for row in table.rows:
            assert row.ahead == row.group.ahead.get(study.opening.best_baseline.name)
            mine, its, *others = (one for one in row.hits if one is not None)
            for one in (mine, its):
                assert f"{text.score(one.mean)} {text.interval(one)}" in page
            assert " ".join(text.score(one.mean) for one in others) in page


def test_how_the_chosen_one_stands_in_a_group_follows_from_the_interval() -> None:
    for table in content(confirmed.loses()).tables:
        for row in table.rows:
            if row.ahead is not None:
                apart = row.ahead.is_told
                assert row.stands == (
                    "cannot be told apart"
                    if not apart
                    else "ahead"
                    if row.ahead.mean > 0
                    else "behind"
                )


def test_what_is_recommended_stands_beside_every_simple_model_and_what_was_consumed() -> None:
    study = confirmed.wins()
    found = content(study)
    assert [row.label for row in found.reaches] == [*found.models, "what users consumed"]
    assert [row.is_chosen for row in found.reaches] == [True, *[False] * 5]
    assert study.recommended is not None
    assert found.reaches[0].reach == study.recommended.reach
    page = said(render(study))
    mine = found.reaches[0].reach
    assert f"hold {mine.items:,} of the catalogue's 1,000 items ({mine.items / 1000:.0%})" in page


def test_a_user_has_titles_where_there_are_some_and_a_history() -> None:
    """Ids elsewhere; one who has met everything is recommended nothing, and is told to be so."""
    page = said(render(confirmed.wins()))
    assert "user user-2 80 interactions in train and validation" in page
    assert "Their latest 10 A Short Walk (1996)" in page
    assert "Recommended 50 51 52" in page
    assert "nothing: this user has met every item" in page


def test_markup_in_titles_and_ids_is_shown_not_obeyed() -> None:
    page = render(AWKWARD["hostile"])
    found = Reader(page)
    assert not [tag for tag, _ in found.elements if tag == "b"]
    assert f"user {HOSTILE}-1" in found.texts
    assert found.texts.count(HOSTILE) >= 40


def test_without_simple_models_nothing_is_compared() -> None:
    found = content(confirmed.refused())
    assert (found.models, found.rival) == (("NeuMF",), None)
    assert "NeuMF ahead of" not in said(render(confirmed.refused()))


def test_a_model_that_is_not_saved_yet_is_not_told_of() -> None:
    """The groups are: they come from the record."""
    study = replace(confirmed.wins(), recommended=None)
    assert content(study).reaches == ()
    page = said(render(study))
    assert "By how active the user is" in page
    assert "The session ended before it looked at a saved model" in page
