"""From interactions to the problem that every trial of a study is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from neumf.data.interactions import Interactions
from neumf.errors import UserError
from neumf.protocol.evaluation_protocol import (
    EvaluationProtocol,
    make_problem,
    parse_candidates,
    split_interactions,
    validation_lists,
)
from neumf.protocol.opening import open_test
from neumf.protocol.problem import NO_ITEM, Candidates, Problem
from neumf.protocol.split import LEAST_HISTORY
from neumf.seeds import generator
from tests.worlds import blocks, pairs_of, problem_of, world, worlds


def whole(data: Interactions, candidates: int) -> Problem:
    """The problem of data in which no list is too short."""
    try:
        problem = problem_of(data, candidates)
    except UserError:
        reject()
    assume(len(problem.validation) == (np.bincount(data.users) >= LEAST_HISTORY).sum())
    return problem


def lists_of(candidates: Candidates) -> list[list[int]]:
    rows: list[list[int]] = np.column_stack([candidates.users, candidates.items]).tolist()
    return rows


@given(worlds(least=13))
def test_candidates_are_unseen_in_every_split(data: Interactions) -> None:
    """Nothing that the user has met is among them, be it in training, validation or test."""
    problem = whole(data, candidates=3)
    met = set(pairs_of(data))
    for user, _, *items in lists_of(problem.validation):
        assert not met & {(user, item) for item in items}


@given(worlds(least=13))
def test_a_problem_is_what_trains_and_what_validates(data: Interactions) -> None:
    """And nothing of test: what a search is not given, it cannot look at."""
    problem = whole(data, candidates=2)
    parts = split_interactions(data, EvaluationProtocol(candidates=2), 0)
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
    validation, test = (
        lists.sampled
        for lists in (
            validation_lists(data, parts, protocol, 0),
            open_test(data, parts, protocol, 0).lists,
        )
    )
    assert validation is not None
    assert test is not None
    assert (validation.users == test.users).all()
    same = (validation.items[:, 1:] == test.items[:, 1:]).mean()
    assert same < 0.2


def test_a_user_with_few_unseen_items() -> None:
    """All of them, then NO_ITEM: a shorter list, not an error and not an endless search."""
    pairs = [(user, item) for user in range(3) for item in range(3 + 2 * (user == 0))]
    (_, _, *first), *_ = lists_of(problem_of(world(pairs, n_items=9), candidates=6).validation)
    assert sorted(first) == [NO_ITEM, NO_ITEM, 5, 6, 7, 8]


class TestSealed:
    """Nothing that a search is given reveals a test item."""

    @staticmethod
    def relabelled(data: Interactions, seed: int) -> Interactions:
        """The same but for each user's last item, which is another one that the user never met."""
        random, items = generator(seed, "relabel"), data.items.copy()
        for user in range(data.n_users):
            rows = np.flatnonzero(data.users == user)
            new = np.setdiff1d(np.arange(data.n_items), data.items[rows])
            if len(rows) >= 3 and len(new):
                items[rows[np.lexsort((rows, data.times[rows]))[-1]]] = random.choice(new)
        return replace(data, items=items)

    @given(worlds(least=13), st.integers(0, 99))
    def test_over_the_catalogue(self, data: Interactions, seed: int) -> None:
        """With other test items, every array of the problem is the same, to the last item."""
        other, protocol = self.relabelled(data, seed), EvaluationProtocol(candidates="all")
        one, two = (
            make_problem(d, split_interactions(d, protocol, 0), protocol, 0)._arrays()
            for d in (data, other)
        )
        assert one.keys() == two.keys()
        for name, array in one.items():
            np.testing.assert_array_equal(two[name], array, strict=True)

    def test_over_the_catalogue_as_saved(self, tmp_path: Path) -> None:
        """Byte for byte: what workers read holds nothing else."""
        data = blocks()
        protocol, files = EvaluationProtocol(candidates="all"), []
        for number, d in enumerate((data, self.relabelled(data, 1))):
            folder = tmp_path / str(number)
            folder.mkdir()
            make_problem(d, split_interactions(d, protocol, 0), protocol, 0).save(folder)
            files.append({path.name: path.read_bytes() for path in folder.iterdir()})
        assert pairs_of(data) != pairs_of(self.relabelled(data, 1))
        assert files[0] == files[1]

    @given(worlds(least=13), st.integers(0, 99))
    def test_sampled(self, data: Interactions, seed: int) -> None:
        """With other test items, nothing but the items drawn beside the held-out one changes, and
        all that these say of a test item is that it is not among them."""
        other = self.relabelled(data, seed)
        one, two = whole(data, candidates=2), whole(other, candidates=2)
        for name, array in one._arrays().items():
            if name != "validation_items":
                np.testing.assert_array_equal(two._arrays()[name], array, strict=True)
        assert (one.validation.items[:, 0] == two.validation.items[:, 0]).all()
        tests = pairs_of(split_interactions(data, EvaluationProtocol(), 0).test.take_out()[0])
        for user, _, *items in lists_of(one.validation):
            assert not {(user, item) for item in items} & set(tests)


def test_all_is_the_whole_catalogue_but_for_what_may_be_known() -> None:
    """A validation list ranks the user's test item, 3, like any unseen one; a test list leaves out
    all that the user has met."""
    data = world([(0, 4), (0, 1), (0, 2), (0, 3)], n_items=9)
    protocol = EvaluationProtocol(candidates="all")
    parts = split_interactions(data, protocol, 0)
    validation = validation_lists(data, parts, protocol, 0).catalogue
    test = open_test(data, parts, protocol, 0).lists.catalogue
    assert (validation.items.tolist(), test.items.tolist()) == ([[2]], [[3]])
    assert validation.seen is not None
    assert validation.seen.row(0).tolist() == [1, 2, 4]
    assert test.seen is not None
    assert test.seen.row(0).tolist() == [1, 2, 3, 4]


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
