"""From interactions to the problem that every trial of a study is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given

from neumf.data.interactions import Interactions
from neumf.errors import UserError
from neumf.protocol.evaluation_protocol import (
    EvaluationProtocol,
    _lists,
    make_problem,
    parse_candidates,
    split_interactions,
)
from neumf.protocol.problem import NO_ITEM, Candidates, Problem
from tests.worlds import blocks, pairs_of, problem_of, world, worlds


def lists_of(candidates: Candidates) -> list[list[int]]:
    rows: list[list[int]] = np.column_stack([candidates.users, candidates.items]).tolist()
    return rows


@given(worlds(least=13))
def test_candidates_are_unseen_in_every_split(data: Interactions) -> None:
    """Nothing that the user has met is among them, be it in training, validation or test."""
    problem = problem_of(data, candidates=3)
    met = set(pairs_of(data))
    for user, _, *items in lists_of(problem.validation):
        assert not met & {(user, item) for item in items}


@given(worlds(least=13))
def test_a_problem_is_what_trains_and_what_validates(data: Interactions) -> None:
    """And nothing of test: what a search is not given, it cannot look at."""
    problem = problem_of(data, candidates=3)
    parts = split_interactions(data, EvaluationProtocol(candidates=3), 0)
    train = pairs_of(parts.train)
    assert list(zip(problem.users.tolist(), problem.items.tolist(), strict=True)) == train
    for user in range(data.n_users):
        mine = sorted(item for who, item in train if who == user)
        assert problem.positives.row(user).tolist() == mine
    held_out = [(user, item) for user, item, *_ in lists_of(problem.validation)]
    assert held_out == pairs_of(parts.validation)


def test_a_studys_seed_fixes_split_and_candidates() -> None:
    data = blocks()
    for split in ("leave-one-out", "ratio"):
        protocol = EvaluationProtocol(split=split, candidates=20)
        one, same, other = (
            lists_of(
                make_problem(
                    data, split_interactions(data, protocol, seed), protocol, seed
                ).validation
            )
            for seed in (1, 1, 2)
        )
        assert one == same
        assert one != other


def test_another_purpose_has_other_candidates() -> None:
    """The lists of test will not be those of validation."""
    data, protocol = blocks(), EvaluationProtocol(candidates=20)
    parts = split_interactions(data, protocol, 0)
    purposes = ("validation", "test")
    validation, test = (_lists(p, parts.validation, data, parts, protocol, 0) for p in purposes)
    assert (validation.items[:, 0] == test.items[:, 0]).all()
    same = (validation.items[:, 1:] == test.items[:, 1:]).mean()
    assert same < 0.2


def test_a_user_with_too_few_unseen_items() -> None:
    """All of them, then NO_ITEM: shorter lists, not an error and not an endless search."""
    everything = [(0, item) for item in range(8)]
    data = world([*everything, (1, 0), (1, 1), (1, 2)], n_items=8)
    problem = problem_of(data, candidates=7)
    (_, _, *first), (_, _, *second) = lists_of(problem.validation)
    assert first == [NO_ITEM] * 7
    assert sorted(second) == [NO_ITEM, NO_ITEM, 3, 4, 5, 6, 7]


def test_all_is_the_whole_catalogue_but_for_what_is_known() -> None:
    """Known from any split, so that a test item is no competitor of a validation item."""
    data = world([(0, 4), (0, 1), (0, 2), (0, 3)], n_items=9)
    protocol = EvaluationProtocol(candidates="all")
    problem = make_problem(data, split_interactions(data, protocol, 0), protocol, 0)
    assert problem.validation.items.tolist() == [[2]]
    assert problem.validation.seen is not None
    assert problem.validation.seen.row(0).tolist() == [1, 2, 3, 4]


def test_more_candidates_than_items_are_refused() -> None:
    data = world([(0, 0), (0, 1), (0, 2)], n_items=5)
    assert len(problem_of(data, candidates=4).validation) == 1
    with pytest.raises(UserError, match='^candidates = 5: world has only 5 items; .* or "all"$'):
        problem_of(data, candidates=5)


@pytest.mark.parametrize("candidates", [20, "all"])
def test_a_saved_problem_is_the_same(candidates: int | Literal["all"], tmp_path: Path) -> None:
    """Every array with its values, type and shape; and it is a trial's to read, not to change."""
    data, protocol = blocks(), EvaluationProtocol(candidates=candidates)
    problem = make_problem(data, split_interactions(data, protocol, 0), protocol, 0)
    problem.save(tmp_path)
    loaded = Problem.load(tmp_path)
    assert (loaded.n_users, loaded.n_items) == (problem.n_users, problem.n_items)
    before, after = problem._arrays(), loaded._arrays()
    assert before.keys() == after.keys()
    for name, array in before.items():
        np.testing.assert_array_equal(after[name], array, strict=True)

    loaded.users[:] = 0  # copied on writing: the file stays
    assert (Problem.load(tmp_path).users == problem.users).all()


@given(worlds())
def test_data_are_known_by_their_fingerprint(data: Interactions) -> None:
    """Equal contents are equal by whatever name; one pair, or its time, is a difference."""
    renamed = replace(data, name="other", users=data.users.copy())
    assert renamed.fingerprint() == data.fingerprint()
    changed = replace(data, items=(data.items + 1) % data.n_items)
    assert changed.fingerprint() != data.fingerprint()
    later = replace(data, times=data.times + 1)
    assert later.fingerprint() != data.fingerprint()


@pytest.mark.parametrize(("text", "value"), [("99", 99), ("1", 1), ("all", "all")])
def test_candidates_from_a_command_line(text: str, value: int | str) -> None:
    assert parse_candidates(text) == value


@pytest.mark.parametrize("text", ["0", "-5", "9.5", "", "ALL", "1e2", " "])
def test_candidates_that_make_no_sense(text: str) -> None:
    with pytest.raises(UserError, match="^candidates = .*: must be a positive number or"):
        parse_candidates(text)
