"""What the model does, from a session's data to its page: looked at once, whatever befalls it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import neumf
from neumf.arrays import Ints
from neumf.data.loading import load
from neumf.protocol.evaluation_protocol import split_interactions
from neumf.saved_model.contents import all_seen
from reports.page import render
from reports.sections.behaviour import section
from search import opening as opening_stage
from search.behaviour import evenly
from studies.definition.loading import load as load_definition
from studies.results.readback import read
from studies.results.study_result import StudyResult
from studies.storage.facts import PREFIX
from tests.search.confirmed import attribute, measured_ranks, raw_record, runs
from tests.search.sessions import session
from tests.search.study_folder import StudyFolder, make_study_folder

pytestmark = pytest.mark.usefixtures("signals_heard")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """Split by ratio, so that a user has several test lists. Not to be changed."""
    study = make_study_folder(tmp_path_factory.mktemp("opened"))
    definition = Path(study.definition)
    text = definition.read_text()
    definition.write_text(text.replace("candidates = 10", 'candidates = 10\nsplit = "ratio"'))
    session(study)
    return study


def result(study: StudyFolder) -> StudyResult:
    return read(study.storage, "blocks")


def change(study: StudyFolder, sql: str, *values: str) -> None:
    """The database, while no session has it."""
    with closing(sqlite3.connect(study.database)) as connection, connection:
        assert connection.execute(sql, values).rowcount == 1


def forget_lists(study: StudyFolder) -> None:
    """What the saved model recommends, as if the session had been killed after saving it."""
    key = f"{PREFIX}recommended"
    change(study, "DELETE FROM study_system_attributes WHERE key = ?", key)


@pytest.mark.slow
def test_groups_are_of_the_ranks_that_the_record_is_of(opened: StudyFolder) -> None:
    """Of every model they sum up to its HR@10, each test list being in one group by its user and
    in one by its item."""
    found = result(opened).opening
    assert found is not None
    assert found.behaviour is not None
    for groups in (found.behaviour.by_activity, found.behaviour.by_popularity):
        lists = sum(group.lists for group in groups)
        for name in ("neumf", *found.behaviour.reaches):
            model = found.model(name)
            assert model is not None
            told = sum(g.lists * g.hits[name].mean for g in groups if g.lists) / lists
            assert told == pytest.approx(model.estimates[found.way]["HR@10"].mean, abs=1e-12)
    assert sum(group.members for group in found.behaviour.by_activity) == 60
    assert sum(group.members for group in found.behaviour.by_popularity) == 40


@pytest.mark.slow
def test_the_lists_are_those_of_the_saved_model(opened: StudyFolder) -> None:
    """Users at the ends of activity and evenly between; nothing that they have met, and the
    history that the model has learnt from, the last interaction first, without the test part."""
    told = result(opened).recommended
    assert told is not None
    model = neumf.load(opened.model)
    definition = load_definition(opened.definition)
    data = load(definition.data)
    seen = all_seen(data)
    before = split_interactions(data, definition.protocol, definition.search.seed).before_test
    assert len(told.users) == 5
    for user in told.users:
        lists = model.recommend(user.id, 10)
        assert [item.id for item in user.recommended] == lists.items.tolist()
        code = data.user_ids.tolist().index(user.id)
        met = data.item_ids[seen.row(code)].tolist()
        learnt = data.item_ids[before.items[before.users == code]].tolist()
        assert {item.id for item in user.latest} <= set(learnt)
        assert not {item.id for item in user.recommended} & set(met)
        mine = data.items[data.users == code]  # in the order of time
        order = [data.item_ids[item] for item in mine[::-1]]
        places = [order.index(item.id) for item in user.latest]
        assert places == sorted(places)
        assert user.known == len(learnt)
    known = [user.known for user in told.users]
    assert known == sorted(known)
    everyone = np.concatenate([block.items for block in model.recommend_all(10)])
    assert told.reach.items == len(set(everyone.tolist()))


@pytest.mark.slow
def test_a_session_killed_before_it_looked_is_made_up_for(
    opened: StudyFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the next one, to the last byte, without a training run or an evaluation."""
    study = opened.copy(tmp_path / "study")
    before = attribute(study, "recommended"), raw_record(study), runs(study)
    told = section(result(study))
    forget_lists(study)
    assert "The session ended before it looked at a saved model" in render(result(study))
    session(study)
    assert (attribute(study, "recommended"), raw_record(study), runs(study)) == before
    assert section(result(study)) == told is not None
    said = capsys.readouterr().err
    assert "looking at what it recommends" in said
    assert "training the model" not in said
    session(study)
    assert "looking at" not in capsys.readouterr().err


@pytest.mark.slow
def test_what_an_older_version_opened_stays_as_it_told_it(
    opened: StudyFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page has no such section, and the test split is not opened for one."""
    study = opened.copy(tmp_path / "study")
    forget_lists(study)
    older = attribute(study, "opening")
    del older["behaviour"]
    change(
        study,
        f"UPDATE study_system_attributes SET value_json = ? WHERE key = '{PREFIX}opening'",
        json.dumps(older),
    )
    before = raw_record(study), measured_ranks(study, "blocks/test")

    def poison(*_: object) -> None:
        raise AssertionError("the test split was opened")

    monkeypatch.setattr(opening_stage, "open_test", poison)
    session(study)
    assert (raw_record(study), measured_ranks(study, "blocks/test")) == before
    assert attribute(study, "recommended") is None
    assert 'id="behaviour"' not in render(result(study))


@pytest.mark.parametrize(
    ("interactions", "users"),
    [
        (np.arange(100)[::-1], [98, 74, 49, 25, 0]),
        (np.array([7, 7, 7]), [0, 1, 2]),
        (np.array([0, 0, 5]), [2]),
        (np.array([3, 0, 1]), [2, 0]),
    ],
)
def test_users_are_shown_by_a_rule(interactions: Ints, users: list[int]) -> None:
    """From the least to the most active; one of equals by the order of ids; nobody twice, and
    nobody of whom nothing is known."""
    assert evenly(interactions).tolist() == users
