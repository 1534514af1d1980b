"""What models do by groups of users and items, as a record keeps it."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import optuna
import pytest
from optuna.storages import InMemoryStorage

from neumf.evaluation.groups import quarters
from neumf.evaluation.measurement import Way
from neumf.metrics import METRICS
from neumf.saved_model.reach import Reach
from studies.ledger.ledger import Ledger
from studies.results.behaviour import (
    Behaviour,
    Group,
    Item,
    Recommended,
    ShownUser,
    by_group,
    recommended_of,
)
from studies.results.measured import ListSizes
from studies.results.opening import Opening
from studies.results.readback import results_of
from studies.storage.opening import store_recommended
from tests.studies.measured_worlds import (
    CATALOGUE,
    SAMPLED,
    USERS,
    VARIED,
    alike,
    jittered,
    neumf,
    opening,
)
from tests.studies.synthetic import DATA, define, finish

HIT = METRICS["HR@10"]
ACTIVITY = quarters(np.arange(USERS) % 12 + 1, np.ones(USERS, np.int64))
OF_LISTS = np.arange(USERS, dtype=np.int32)
REACH = Reach(3, 2.5, 0.75, (0.25, 0.75))
SHOWN = ShownUser("007", 2, (Item(1, "One"), Item(2, "")), ())


@pytest.mark.parametrize(("sizes", "way"), [(CATALOGUE, "catalogue"), (SAMPLED, "expected")])
def test_groups_sum_up_to_the_whole(sizes: ListSizes, way: Way) -> None:
    """Of every model and of every difference, each group counting by its lists."""
    spread = VARIED * 3
    models = {
        "neumf": neumf([jittered(spread, n) for n in range(3)], sizes=sizes),
        "ease": neumf([spread + 2], "EASE^R", sizes),
    }
    found = by_group(ACTIVITY, OF_LISTS, models, way)
    assert [group.lists for group in found] == [15, 15, 15, 15]
    assert sum(group.members for group in found) == USERS
    for name, model in models.items():
        whole = sum(group.lists * group.hits[name].mean for group in found) / USERS
        assert whole == pytest.approx(model.estimate(way, HIT).mean, abs=1e-12)
    ahead = sum(group.lists * group.ahead["ease"].mean for group in found) / USERS
    whole_ahead = models["neumf"].ahead_of(models["ease"], way, HIT)
    assert ahead == pytest.approx(whole_ahead.mean, abs=1e-12)
    assert [found[0].hits["neumf"].seeds, found[0].hits["ease"].seeds] == [3, 1]


def test_a_model_is_right_where_its_ranks_say_so() -> None:
    """For the least active quarter always, for the others never."""
    ranks = np.where(ACTIVITY.of == 0, 10, 11)
    found = by_group(ACTIVITY, OF_LISTS, {"neumf": neumf([ranks])}, "catalogue")
    assert [group.hits["neumf"].mean for group in found] == [1.0, 0.0, 0.0, 0.0]
    assert [(group.low, group.high) for group in found] == [(1, 3), (4, 6), (7, 9), (10, 12)]


def test_a_group_without_lists_has_no_numbers_and_one_user_no_interval() -> None:
    """Items that are held out from nobody; a user alone tells nothing about others."""
    groups = quarters(np.array([1, 2, 3, 4]), np.ones(4, np.int64))
    items = np.zeros(USERS, np.int32)
    items[0] = 3
    models = {"neumf": neumf([alike(1)]), "ease": neumf([alike(99)], "EASE^R")}
    first, second, _, last = by_group(groups, items, models, "catalogue")
    assert (first.lists, second.lists, last.lists) == (USERS - 1, 0, 1)
    assert (second.hits, second.ahead) == ({}, {})
    alone = last.ahead["ease"]
    assert (alone.mean, alone.low, alone.high) == (1.0, -math.inf, math.inf)


def test_a_record_keeps_what_models_do_to_the_last_digit() -> None:
    """Through JSON; a record of an older version has none."""
    models = {"neumf": neumf([VARIED, VARIED + 1]), "ease": neumf([VARIED + 2], "EASE^R")}
    groups = by_group(ACTIVITY, OF_LISTS, models, "catalogue")
    nobody = Group(0, 0, 7, 0, {}, {})
    found = Behaviour(groups, (nobody, *groups[1:]), {"ease": REACH}, REACH, 5)
    record = opening(models["neumf"], {"ease": models["ease"]})
    told = replace(record, behaviour=found)
    assert Opening.of_attribute(json.loads(json.dumps(told.as_attribute()))) == told
    older = record.as_attribute()
    del older["behaviour"]
    assert Opening.of_attribute(json.loads(json.dumps(older))) == record


def test_what_is_recommended_is_written_once() -> None:
    """Ids stay numbers or texts, as a person has them."""
    found = Recommended(REACH, (SHOWN, replace(SHOWN, id=7)))
    assert recommended_of(json.loads(json.dumps(found.as_attribute()))) == found
    storage = InMemoryStorage()
    finish(Ledger(storage, define(2), DATA))
    store_recommended(storage, "made", found)
    with pytest.raises(AssertionError):
        store_recommended(storage, "made", found)
    study = results_of(optuna.load_study(study_name="made", storage=storage))
    assert study.recommended == found
