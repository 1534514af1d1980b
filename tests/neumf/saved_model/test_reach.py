"""How far recommendations reach, on worlds whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neumf.arrays import Floats
from neumf.data.interactions import Codes
from neumf.evaluation.groups import Counts
from neumf.model.parameters import Architecture
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import ItemSets
from neumf.saved_model import reach as reaching
from neumf.saved_model.reach import TOP, reach, times_recommended
from neumf.saved_model.recommender import Recommender
from tests.neumf.saved_model.models import random_model

LEARNT = Counts(np.array([10, 10, 10]), np.array([1, 2, 3, 8, 16]))
"""30 interactions; the last item has half of them."""


class First:
    """The first items are the best, for everybody."""

    def __init__(self, n_items: int) -> None:
        self.n_items = n_items

    def score(self, users: Codes, items: Codes) -> Floats:
        return np.broadcast_to(-items.astype(np.float32), (len(users), items.shape[1]))


def test_one_item_for_everybody_is_the_narrowest() -> None:
    found = reach(np.array([0, 0, 0, 0, 9]), LEARNT)
    assert (found.items, found.effective) == (1, 1.0)
    assert found.percentile == pytest.approx(0.9)
    assert found.shares[-1] == 1.0


def test_all_items_equally_often_are_the_widest() -> None:
    """An item drawn from the catalogue is more popular than half of it."""
    found = reach(np.full(5, 7), LEARNT)
    assert found.items == 5
    assert found.effective == pytest.approx(5)
    assert found.percentile == pytest.approx(0.5)


def test_what_two_items_share_is_worth_less_than_two() -> None:
    """Three of four recommendations are one item: 1 / (9/16 + 1/16)."""
    assert reach(np.array([3, 0, 0, 0, 1]), LEARNT).effective == pytest.approx(1.6)


def test_what_is_consumed_spreads_evenly_over_groups_by_popularity() -> None:
    learnt = Counts(np.array([8]), np.array([1, 1, 2, 2, 2]))
    found = reach(learnt.items, learnt)
    assert found.shares == (0.25, 0.75)
    even = Counts(np.array([24]), np.array([1] * 6 + [2] * 3 + [3] * 2 + [6]))
    assert reach(even.items, even).shares == (0.25, 0.25, 0.25, 0.25)


def test_items_equally_popular_have_one_percentile() -> None:
    alike = Counts(np.array([4]), np.ones(4, np.int64))
    assert reach(np.array([5, 0, 0, 0]), alike).percentile == pytest.approx(0.5)


def test_nobody_is_recommended_anything_where_all_have_met_everything() -> None:
    found = reach(np.zeros(5, np.int64), LEARNT)
    assert (found.items, found.effective, found.percentile) == (0, 0.0, 0.0)
    assert set(found.shares) == {0.0}


def test_what_a_user_has_met_is_recommended_to_others_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Users a block of two at a time; one who has met the first items gets the next ones, and one
    who has met all but one gets that."""
    n = TOP + 5
    met = [(0, 0), (0, 1), *((1, item) for item in range(n - 1))]
    users, items = np.array(met, np.int32).T
    seen = ItemSets.of(users, items, 3, n)
    monkeypatch.setattr(reaching, "BLOCK", 2 * n)
    times = times_recommended(First(n), seen)
    expected = np.zeros(n, np.int64)
    expected[2 : TOP + 2] += 1  # the first user
    expected[n - 1] += 1  # the second
    expected[:TOP] += 1  # the third
    assert times.tolist() == expected.tolist()


def test_a_saved_model_is_counted_by_what_it_recommends() -> None:
    """As many times as its lists for everybody say, and as its scores do."""
    model = random_model(Architecture(40, 30, 8, 1))
    known = Recommender(replace(model, item_ids=np.arange(30)))
    listed = np.concatenate([block.items for block in known.recommend_all(TOP)])
    times = known.count_all(TOP)
    assert times.tolist() == np.bincount(listed.astype(np.int64), minlength=30).tolist()
    assert times.tolist() == times_recommended(NeuMFScorer(model.parameters), model.seen).tolist()
