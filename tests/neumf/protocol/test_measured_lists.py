"""What a finished model is measured on, and how processes share it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from neumf.data.interactions import Interactions
from neumf.errors import UserError
from neumf.protocol.evaluation_protocol import (
    EvaluationProtocol,
    make_problem,
    split_interactions,
    validation_lists,
)
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.opening import open_test
from neumf.protocol.problem import Problem
from neumf.protocol.split import SPLITS, SplitMethod
from tests.worlds import blocks, pairs_of, world, worlds


@given(worlds(least=13), st.sampled_from(SPLITS), st.sampled_from([2, "all"]))
def test_validation_lists(
    data: Interactions, split: SplitMethod, candidates: int | Literal["all"]
) -> None:
    """The protocol's lists are those of the problem. The catalogue ranks the same held-out items
    in the same order, among all that the user has met neither in training nor in validation."""
    protocol = EvaluationProtocol(split=split, candidates=candidates)
    parts = split_interactions(data, protocol, 0)
    try:
        problem = make_problem(data, parts, protocol, 0)
    except UserError:
        reject()
    lists = validation_lists(data, parts, protocol, 0)
    mine = lists.catalogue if candidates == "all" else lists.sampled
    assert mine is not None
    np.testing.assert_array_equal(mine.users, problem.validation.users)
    np.testing.assert_array_equal(mine.items, problem.validation.items)
    np.testing.assert_array_equal(lists.catalogue.users, problem.validation.users)
    np.testing.assert_array_equal(lists.catalogue.items[:, 0], problem.validation.items[:, 0])
    known = pairs_of(parts.before_test)
    assert lists.catalogue.seen is not None
    for user, pool in zip(lists.catalogue.users.tolist(), lists.pool.tolist(), strict=True):
        seen = sorted(item for who, item in known if who == user)
        assert lists.catalogue.seen.row(user).tolist() == seen
        assert pool == data.n_items - len(seen)


def test_a_list_that_is_too_short_is_left_out_everywhere() -> None:
    """User 0 has 2 of 8 candidates left: neither way of measuring has the list."""
    pairs = [(0, item) for item in range(18)]
    pairs += [(user, item) for user in (1, 2) for item in range(5)]
    data, protocol = world(pairs, n_items=20), EvaluationProtocol(candidates=8)
    parts = split_interactions(data, protocol, 0)
    for lists in (
        validation_lists(data, parts, protocol, 0),
        open_test(data, parts, protocol, 0).lists,
    ):
        assert lists.sampled is not None
        assert lists.catalogue.users.tolist() == lists.sampled.users.tolist() == [1, 2]
        assert len(lists) == len(lists.pool) == 2


@pytest.mark.parametrize("candidates", [20, "all"])
@pytest.mark.parametrize("part", ["validation", "test"])
def test_saved_lists_are_the_same(
    candidates: int | Literal["all"], part: str, tmp_path: Path
) -> None:
    """Every array with its values, type and shape, in one folder with the problem, that has no
    validation lists if test is what is measured; a reader cannot change the file."""
    data, protocol = blocks(), EvaluationProtocol(candidates=candidates)
    parts = split_interactions(data, protocol, 0)
    opened = open_test(data, parts, protocol, 0)
    if part == "test":
        problem, lists = opened.problem, opened.lists
    else:
        problem = make_problem(data, parts, protocol, 0)
        lists = validation_lists(data, parts, protocol, 0)
    problem.save(tmp_path)
    lists.save(tmp_path)
    loaded, same = MeasuredLists.load(tmp_path), Problem.load(tmp_path)
    assert loaded.candidates == lists.candidates == (None if candidates == "all" else 20)
    for before, after in (
        (lists._arrays(), loaded._arrays()),
        (problem._arrays(), same._arrays()),
    ):
        assert before.keys() == after.keys()
        for name, array in before.items():
            np.testing.assert_array_equal(after[name], array, strict=True)

    loaded.pool[:] = 0  # copied on writing
    assert (MeasuredLists.load(tmp_path).pool == lists.pool).all()


@pytest.mark.parametrize(("most", "wanted"), [(1000, slice(None)), (4, slice(None, None, 12))])
def test_thinned_lists_are_some_of_them(most: int, wanted: slice) -> None:
    """No more than asked for, evenly spread, and each is as it was."""
    data, protocol = blocks(), EvaluationProtocol(candidates=20)
    lists = validation_lists(data, split_interactions(data, protocol, 0), protocol, 0)
    some = lists.thinned(most)
    assert len(some) == min(most, len(lists))
    assert some.candidates == lists.candidates
    assert np.array_equal(some.pool, lists.pool[wanted])
    assert lists.sampled is not None
    assert some.sampled is not None
    for mine, theirs in ((some.sampled, lists.sampled), (some.catalogue, lists.catalogue)):
        assert np.array_equal(mine.users, theirs.users[wanted])
        assert np.array_equal(mine.items, theirs.items[wanted])
