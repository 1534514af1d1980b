"""Who gets what: the best items by score that a user has not seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neumf.errors import UserError
from neumf.model.parameters import Architecture, Parameters
from neumf.protocol.problem import NO_ITEM, ItemSets
from neumf.saved_model import recommender
from neumf.saved_model.contents import SavedModel
from neumf.saved_model.recommender import Recommender, TopItems
from neumf.saved_model.top import top
from tests.neumf.saved_model.models import models, objects, random_model

SMALL = Architecture(n_users=5, n_items=8, predictive_factors=4, mlp_layers=1)
Matrix = npt.NDArray[np.float32]


def scored(scores: Matrix, seen: list[list[int]]) -> SavedModel:
    """A GMF that scores exactly as ``scores`` [n_users, n_items] says: users' rows are theirs,
    items' rows pick a column."""
    n_users, n_items = scores.shape
    a = Architecture(n_users, n_items, 2, 0, n_items)
    parameters = Parameters(a, np.zeros(a.size, np.float32))
    parameters.user_rows[:] = scores
    parameters.item_rows[:] = np.eye(n_items)
    parameters.out_weight[:] = 1
    users = np.repeat(np.arange(n_users), [len(items) for items in seen]).astype(np.int32)
    items = np.array([item for items in seen for item in items], np.int32)
    sets = ItemSets.of(users, items, n_users, n_items)
    item_ids = objects([f"item {k}" for k in range(n_items)])
    return SavedModel("scored", parameters, np.arange(n_users), item_ids, sets)


def lists_of(table: TopItems) -> dict[object, list[object]]:
    lists: dict[object, list[object]] = {}
    for owner, item in zip(table.of.tolist(), table.items.tolist(), strict=True):
        lists.setdefault(owner, []).append(item)
    return lists


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(
            arrays(
                np.float32,
                (3, n),
                elements=st.sampled_from([-1.5, 0.0, 1.0, 2.0, np.nan, -3.4e38, 3.4e38]),
            ),
            st.lists(st.lists(st.integers(0, n - 1), unique=True), min_size=3, max_size=3),
        )
    ),
    st.integers(1, 15),
)
def test_the_best_of_a_row_are_those_of_a_full_sort(
    case: tuple[Matrix, list[list[int]]], k: int
) -> None:
    """Without what is left out; ties by item order; NaN behind everything; NO_ITEM fills up."""
    scores, excluded = case
    n = scores.shape[1]
    users = np.repeat(np.arange(3), [len(items) for items in excluded]).astype(np.int32)
    flat = np.array([item for items in excluded for item in items], np.int32)
    sets = ItemSets.of(users, flat, 3, n)
    rows = np.array([2, 0, 1], np.int32)
    items, best = top(scores, rows, sets, k)
    for row, owner in enumerate(rows):
        value = np.where(np.isnan(scores[row]), np.finfo(np.float32).min, scores[row])
        left = [item for item in range(n) if item not in excluded[owner]]
        expected = sorted(left, key=lambda item: (-value[item], item))[:k]
        width = min(k, n)
        assert items[row].tolist() == expected + [NO_ITEM] * (width - len(expected))
        assert best[row, : len(expected)].tolist() == value[expected].tolist()


@given(models(), st.integers(1, 12))
def test_a_list_is_the_best_by_score_that_the_user_has_not_seen(model: SavedModel, k: int) -> None:
    """For any architecture and ids, against every score; equal up to rounding, in any block."""
    asked = Recommender(model)
    scores = asked.score(model.user_ids[:, None], model.item_ids)
    got = asked.recommend(model.user_ids, k)
    place = {item: code for code, item in enumerate(model.item_ids.tolist())}
    lists = lists_of(got)
    for user, owner in enumerate(model.user_ids.tolist()):
        codes = [place[item] for item in lists.get(owner, [])]
        unseen = np.setdiff1d(np.arange(len(place)), model.seen.row(user))
        assert len(codes) == len(set(codes)) == min(k, len(unseen))
        assert set(codes) <= set(unseen.tolist())
        best = np.sort(scores[user, unseen])[::-1][:k]
        np.testing.assert_allclose(scores[user, codes], best, rtol=1e-4, atol=1e-4)
    if model.titles is not None:
        assert got.titles is not None
        codes = [place[item] for item in got.items.tolist()]
        assert got.titles.tolist() == model.titles[codes].tolist()


def test_what_was_seen_is_left_out_and_ties_go_by_item_order() -> None:
    scores = np.array([[5, 1, 1, 4], [0, 0, 0, 0]], np.float32)
    asked = Recommender(scored(scores, [[0], [1]]))
    assert lists_of(asked.recommend([0, 1], 2)) == {
        0: ["item 3", "item 1"],
        1: ["item 0", "item 2"],
    }
    table = asked.recommend(0, 9)
    assert table.items.tolist() == ["item 3", "item 1", "item 2"]
    assert table.ranks.tolist() == [1, 2, 3]
    assert table.scores.tolist() == [4, 1, 1]


def test_a_user_who_has_seen_nearly_everything_gets_what_is_left() -> None:
    """And one who has seen everything nothing, without a row of theirs."""
    scores = np.arange(12, dtype=np.float32).reshape(3, 4)
    asked = Recommender(scored(scores, [[0, 1, 3], [0, 1, 2, 3], []]))
    table = asked.recommend([0, 1, 2], 2)
    assert table.of.tolist() == [0, 2, 2]
    assert table.items.tolist() == ["item 2", "item 3", "item 2"]


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """One user at a time, or all at once; those asked for, or everyone."""
    asked = Recommender(random_model(SMALL))
    whole = asked.recommend(asked.user_ids, 3).frame()
    for block in (1, 17, 1 << 20):
        monkeypatch.setattr(recommender, "BLOCK", block)
        parts = list(asked.recommend_all(3))
        everyone = pd.concat([part.frame() for part in parts], ignore_index=True)
        pd.testing.assert_frame_equal(everyone, whole, rtol=1e-4)
        pd.testing.assert_frame_equal(asked.recommend(asked.user_ids, 3).frame(), whole, rtol=1e-4)


def test_a_user_may_be_asked_for_as_anything_that_holds_ids() -> None:
    asked = Recommender(random_model(SMALL))
    expected = asked.recommend([2], 3).items.tolist()
    for form in (2, np.int64(2), np.array([2]), pd.Series([2]), (2,), range(2, 3)):
        assert asked.recommend(form, 3).items.tolist() == expected
    twice = asked.recommend([2, 2], 3)
    assert twice.items.tolist() == 2 * expected
    assert len(asked.recommend([], 3)) == 0


class TestUnknown:
    """An id that the model does not know."""

    NUMBERS = Recommender(random_model(SMALL))
    WORDS = Recommender(
        random_model(SMALL, user_ids=objects(["alice", "bob", "carol", "dan", "eve"]))
    )

    def test_is_one_line(self) -> None:
        with pytest.raises(
            UserError, match="unknown user 9: the model knows 5 users, 1 to 5; with"
        ):
            self.NUMBERS.recommend([1, 9])
        with pytest.raises(UserError, match="unknown user '1': user ids are whole numbers here"):
            self.NUMBERS.recommend("1")
        with pytest.raises(UserError, match=r"unknown user 'alcie'; did you mean 'alice'\?"):
            self.WORDS.recommend("alcie")
        with pytest.raises(UserError, match="unknown user 'zzz': the model knows 5 users, such as"):
            self.WORDS.recommend("zzz")
        with pytest.raises(UserError, match="unknown user 3"):
            self.WORDS.recommend(3)
        with pytest.raises(UserError, match="unknown item 11"):
            self.NUMBERS.score(1, 11)
        with pytest.raises(UserError, match="unknown item 11"):
            self.NUMBERS.similar(11)

    def test_gets_what_is_popular_if_asked_for(self) -> None:
        """By how many have seen it, ties by item order; known users get their own."""
        scores = np.zeros((3, 4), np.float32)
        asked = Recommender(scored(scores, [[2], [2, 3], [1]]))
        table = asked.recommend([7, 0, 8], 3, fallback=True)
        assert table.of.tolist() == [7, 7, 7, 0, 0, 0, 8, 8, 8]
        assert table.items.tolist() == [
            *("item 2", "item 1", "item 3"),
            *("item 0", "item 1", "item 3"),
            *("item 2", "item 1", "item 3"),
        ]
        assert table.scores[:3].tolist() == [2, 1, 1]


def test_a_list_of_nothing_is_refused() -> None:
    asked = Recommender(random_model(SMALL))
    for ask in (asked.recommend, asked.similar):
        with pytest.raises(UserError, match="k = 0: must be at least 1"):
            ask(10, 0) if ask == asked.similar else ask(1, 0)


def test_scores_broadcast() -> None:
    """One user and n items, n pairs, or a matrix."""
    asked = Recommender(random_model(SMALL))
    matrix = asked.score(asked.user_ids[:, None], asked.item_ids[None])
    assert matrix.shape == (5, 8)
    assert matrix.dtype == np.float32
    one = asked.score(3, 20)
    assert one.shape == ()
    np.testing.assert_allclose(one, matrix[2, 2], rtol=1e-5)
    np.testing.assert_allclose(asked.score(3, asked.item_ids), matrix[2], rtol=1e-5)
    np.testing.assert_allclose(asked.score([1, 2], [0, 10]), matrix[[0, 1], [0, 1]], rtol=1e-5)
    with pytest.raises(UserError, match=r"users of shape \(2,\) and items of shape \(3,\) make no"):
        asked.score([1, 2], [0, 10, 20])


@given(models())
def test_pytorch_scores_alike(model: SavedModel) -> None:
    asked = Recommender(model)
    users, items = np.indices((len(model.user_ids), len(model.item_ids))).reshape(2, -1)
    with torch.no_grad():
        logits = asked.to_torch()(torch.from_numpy(users), torch.from_numpy(items)).numpy()
    mine = asked.score(model.user_ids[users], model.item_ids[items])
    np.testing.assert_allclose(mine, logits, rtol=1e-4, atol=1e-4 * max(1, np.abs(logits).max()))


def test_threads_may_share_it() -> None:
    """A web server's, say: each has room of its own."""
    asked = Recommender(random_model(Architecture(60, 700, 16, 3), item_ids=np.arange(700)))

    def ask(user: int) -> list[object]:
        return [
            asked.recommend(user, 5).items.tolist(),
            asked.score(user, asked.item_ids).tolist(),
            asked.similar(user, 5).items.tolist(),
        ]

    users = [1 + k % 60 for k in range(120)]
    alone = {user: ask(user) for user in set(users)}
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, users)) == [alone[user] for user in users]


class TestSimilar:
    """Items are alike as the same users score them alike."""

    def test_a_list_is_the_correlation_over_users(self) -> None:
        scores = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
        scores[:, 3] = 2 * scores[:, 1] + 7
        scores[:, 5] = -scores[:, 1]
        asked = Recommender(scored(scores, [[] for _ in range(40)]))
        table = asked.similar(["item 1", "item 0"], 5)
        assert table.of.tolist() == ["item 1"] * 5 + ["item 0"] * 5
        expected = np.corrcoef(scores.T.astype(float))
        assert table.items[0] == "item 3"
        assert table.items[4] == "item 5"
        for row, (owner, item) in enumerate(zip(table.of, table.items, strict=True)):
            correlation = expected[int(owner[-1]), int(item[-1])]
            np.testing.assert_allclose(table.scores[row], correlation, atol=1e-5)

    def test_an_item_that_all_score_alike_is_like_none(self) -> None:
        scores = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
        scores[:, 2] = 1000.1
        asked = Recommender(scored(scores, [[] for _ in range(40)]))
        assert asked.similar("item 2").scores.tolist() == [0, 0, 0]
        assert asked.similar("item 2").items.tolist() == ["item 0", "item 1", "item 3"]

    def test_rounding_is_no_correlation(self) -> None:
        """Users' two factors sum to 1, so all score the first item alike but for rounding."""
        model = scored(np.zeros((40, 2), np.float32), [[] for _ in range(40)])
        shares = np.random.default_rng(0).random(40)
        model.parameters.user_rows[:] = np.stack([shares, 1 - shares], axis=1)
        model.parameters.item_rows[:] = [[1000, 1000], [1, 0]]
        assert Recommender(model).similar("item 0").scores.tolist() == [0]

    def test_one_user_is_no_correlation(self) -> None:
        asked = Recommender(scored(np.ones((1, 3), np.float32), [[]]))
        assert asked.similar("item 0").scores.tolist() == [0, 0]

    @given(models())
    def test_it_lies_between_minus_1_and_1(self, model: SavedModel) -> None:
        table = Recommender(model).similar(model.item_ids, 99)
        assert len(table) == len(model.item_ids) * (len(model.item_ids) - 1)
        assert (np.abs(table.scores) <= 1).all()
