"""Test is sealed until it is opened, in one module."""

from __future__ import annotations

import copy
import pickle
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from neumf.data.interactions import GivenTest, Interactions
from neumf.errors import UserError
from neumf.protocol.evaluation_protocol import (
    EvaluationProtocol,
    describe_candidates,
    make_problem,
    split_interactions,
    validation_lists,
)
from neumf.protocol.opening import OpenedTest, open_test
from neumf.protocol.pairs import Pairs
from neumf.protocol.seal import SealedTest
from neumf.protocol.split import SPLITS, SplitMethod
from tests.worlds import blocks, pairs_of, world, worlds

CANDIDATES: tuple[int | Literal["all"], ...] = (3, "all")
protocols = st.builds(
    EvaluationProtocol, split=st.sampled_from(SPLITS), candidates=st.sampled_from(CANDIDATES)
)


def opened(data: Interactions, protocol: EvaluationProtocol) -> OpenedTest:
    try:
        return open_test(data, split_interactions(data, protocol, 0), protocol, 0)
    except (UserError, ValueError):
        reject()


def ncf(negatives: list[list[int]]) -> Interactions:
    """Two users with published test lists; the second has one row to train on."""
    users, items = np.array([0, 1], np.int32), np.array([7, 8], np.int32)
    test = GivenTest(users, items, np.array(negatives, np.int32))
    return world([(0, 0), (0, 1), (0, 2), (1, 0)], n_items=9, given_test=test)


class TestSealedTest:
    """What can be asked of it."""

    SEALED = SealedTest(Pairs(np.array([3, 5], np.int32), np.array([70, 80], np.int32)))

    def test_it_says_how_many(self) -> None:
        assert len(self.SEALED) == 2
        assert repr(self.SEALED) == "SealedTest(2 pairs)"

    def test_its_parts_have_no_name(self) -> None:
        """No attribute but the methods, and a split that is printed tells nothing."""
        public = {name for name in dir(self.SEALED) if not name.startswith("_")}
        assert public == {"met_in_any_part", "take_out"}
        parts = split_interactions(blocks(), EvaluationProtocol(), 0)
        assert "SealedTest(48 pairs)" in repr(parts)

    def test_it_stays_in_this_process(self) -> None:
        """Whatever holds it cannot be pickled, so no worker is ever sent it."""
        parts = split_interactions(blocks(), EvaluationProtocol(), 0)
        for holder in (self.SEALED, parts, [parts]):
            with pytest.raises(TypeError, match="a sealed test stays in the process"):
                pickle.dumps(holder)
        with pytest.raises(TypeError, match="a sealed test stays in the process"):
            copy.deepcopy(parts)


class TestClosed:
    """What a search and its confirmation use does not take the pairs out."""

    @pytest.mark.parametrize("split", SPLITS)
    @pytest.mark.parametrize("candidates", CANDIDATES)
    def test_nothing_before_the_opening_takes_them_out(
        self,
        split: SplitMethod,
        candidates: int | Literal["all"],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """With a poisoned seal all goes on; where the catalogue is ranked, even if nobody may ask
        what to avoid. Only opening fails."""

        def poison(*_: object) -> None:
            raise AssertionError("read before it was opened")

        monkeypatch.setattr(SealedTest, "take_out", poison)
        if candidates == "all":
            monkeypatch.setattr(SealedTest, "met_in_any_part", poison)
        data, protocol = blocks(), EvaluationProtocol(split=split, candidates=candidates)
        parts = split_interactions(data, protocol, 0)
        assert len(make_problem(data, parts, protocol, 0).validation)
        assert len(validation_lists(data, parts, protocol, 0))
        describe_candidates(data, parts, protocol)
        with pytest.raises(AssertionError, match="read before it was opened"):
            open_test(data, parts, protocol, 0)

    @given(worlds(least=13), protocols)
    def test_no_test_item_is_held_out(
        self, data: Interactions, protocol: EvaluationProtocol
    ) -> None:
        """Neither do positives of the problem contain one."""
        parts = split_interactions(data, protocol, 0)
        try:
            problem = make_problem(data, parts, protocol, 0)
            lists = validation_lists(data, parts, protocol, 0)
        except UserError:
            reject()
        test = set(pairs_of(parts.test.take_out()[0]))
        assert not test & set(pairs_of(Pairs(problem.users, problem.items)))
        held_out = lists.catalogue.items[:, 0]
        assert not test & set(pairs_of(Pairs(lists.catalogue.users, held_out)))
        assert lists.catalogue.seen is not None
        for user, item in test:
            assert item not in lists.catalogue.seen.row(user)


class TestOpened:
    """What the opening gives."""

    @given(worlds(least=13), protocols)
    def test_train_and_validation_train(
        self, data: Interactions, protocol: EvaluationProtocol
    ) -> None:
        """In the order in which each of them trains; nothing validates, and no test pair is in."""
        problem = opened(data, protocol).problem
        parts = split_interactions(data, protocol, 0)
        trained = pairs_of(Pairs(problem.users, problem.items))
        both = pairs_of(parts.train) + pairs_of(parts.validation)
        assert sorted(trained) == sorted(both)
        assert [pair for pair in trained if pair in pairs_of(parts.train)] == pairs_of(parts.train)
        assert len(problem.validation) == 0
        for user in range(data.n_users):
            mine = sorted(item for who, item in both if who == user)
            assert problem.positives.row(user).tolist() == mine

    def test_it_trains_in_the_order_of_time(self) -> None:
        data = world([(0, 4), (1, 0), (0, 1), (1, 3), (0, 2), (1, 2), (0, 3)], n_items=30)
        problem = opened(data, EvaluationProtocol(candidates=3)).problem
        trained = pairs_of(Pairs(problem.users, problem.items))
        assert trained == [(0, 4), (0, 1), (0, 2), (1, 0), (1, 3)]

    @given(worlds(least=13), protocols)
    def test_the_lists_are_of_the_test_pairs(
        self, data: Interactions, protocol: EvaluationProtocol
    ) -> None:
        """Beside a held-out item stands nothing that the user has met in any part; the catalogue
        has all the rest, and the sampled list is some of it, for the same pairs in order."""
        lists = opened(data, protocol).lists
        test = pairs_of(split_interactions(data, protocol, 0).test.take_out()[0])
        ranked = pairs_of(Pairs(lists.catalogue.users, lists.catalogue.items[:, 0]))
        assert [pair for pair in test if pair in ranked] == ranked
        met = set(pairs_of(data))
        assert lists.catalogue.seen is not None
        for n, (user, _) in enumerate(ranked):
            seen = {item for who, item in met if who == user}
            assert lists.catalogue.seen.row(user).tolist() == sorted(seen)
            assert lists.pool[n] == data.n_items - len(seen)
            if lists.sampled is not None:
                drawn = set(lists.sampled.items[n, 1:].tolist()) - {-1}
                assert not drawn & seen
                assert len(drawn) == min(3, lists.pool[n])
        if lists.sampled is not None:
            assert lists.candidates == 3
            assert pairs_of(Pairs(lists.sampled.users, lists.sampled.items[:, 0])) == ranked
        else:
            assert protocol.candidates == "all"
            assert lists.candidates is None

    def test_published_lists_are_ranked_as_published(self) -> None:
        """However many the protocol asks for; every one of them, also those of other lengths."""
        data = ncf([[3, 4], [5, 6]])
        for candidates in (1, 2, 8):
            lists = opened(data, EvaluationProtocol(candidates=candidates)).lists
            assert lists.sampled is not None
            assert lists.sampled.items.tolist() == [[7, 3, 4], [8, 5, 6]]
            assert lists.candidates == 2
            assert lists.catalogue.items.tolist() == [[7], [8]]
            assert lists.pool.tolist() == [9 - 4, 9 - 2]
        lists = opened(data, EvaluationProtocol(candidates="all")).lists
        assert lists.sampled is None
        assert lists.pool.tolist() == [9 - 4, 9 - 2]

    def test_it_may_be_opened_twice(self) -> None:
        """The seal keeps what was read from being used, not count it: that is the ledger's."""
        data, protocol = blocks(), EvaluationProtocol(candidates=20)
        parts = split_interactions(data, protocol, 0)
        one, two = (open_test(data, parts, protocol, 0).lists for _ in range(2))
        assert one.sampled is not None
        assert two.sampled is not None
        np.testing.assert_array_equal(one.sampled.items, two.sampled.items)
