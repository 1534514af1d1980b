"""Evaluation ranks anything that scores users and items: no NeuMF is involved here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from neumf.arrays import Floats
from neumf.data.interactions import Codes
from neumf.errors import UserError
from neumf.evaluation import ranking
from neumf.evaluation.ranking import rank
from neumf.metrics import measure
from neumf.protocol.problem import NO_ITEM, Candidates, ItemSets, Problem
from tests.worlds import problem_of, worlds


@dataclass(frozen=True)
class Tabulated:
    """Scores that are known beforehand."""

    table: npt.NDArray[np.floating]  # [n_users, n_items]

    @property
    def n_items(self) -> int:
        return int(self.table.shape[1])

    def score(self, users: Codes, items: Codes) -> Floats:
        scores: Floats = self.table[users[:, None], items]
        return scores


@dataclass(frozen=True)
class Popularity:
    """How many users have an item, whoever asks."""

    counts: npt.NDArray[np.int64]  # [n_items]

    @classmethod
    def of(cls, problem: Problem) -> Popularity:
        return cls(np.bincount(problem.items, minlength=problem.n_items))

    @property
    def n_items(self) -> int:
        return len(self.counts)

    def score(self, users: Codes, items: Codes) -> Floats:
        scores = self.counts[items].astype(np.float32)
        return np.broadcast_to(scores, (len(users), items.shape[1]))  # a view, and read-only


@dataclass(frozen=True)
class Constant:
    """Likes everything the same."""

    value: float
    n_items: int

    def score(self, users: Codes, items: Codes) -> Floats:
        return np.full((len(users), items.shape[1]), self.value, np.float32)


def known(pairs: list[tuple[int, int]], n_users: int, n_items: int) -> ItemSets:
    users = np.array([user for user, _ in pairs], np.int32)
    items = np.array([item for _, item in pairs], np.int32)
    return ItemSets.of(users, items, n_users, n_items)


def codes(*values: int) -> Codes:
    return np.array(values, np.int32)


@given(worlds(least=13))
def test_popularity_is_ranked_by_counting(data: object) -> None:
    """A scorer of a few lines: its rank is one more than the others at least as popular, among
    sampled candidates and among all items that the user does not know."""
    try:
        problem = problem_of(data, candidates=4)  # type: ignore[arg-type]
    except UserError:  # most users have met nearly everything
        reject()
    scorer, lists = Popularity.of(problem), problem.validation
    ranks = rank(scorer, lists)
    for row, got in zip(lists.items, ranks, strict=True):
        others = [item for item in row[1:] if item != NO_ITEM]
        assert got == 1 + sum(scorer.counts[i] >= scorer.counts[row[0]] for i in others)
    catalogue = Candidates(lists.users, lists.items[:, :1], problem.positives)
    for user, (item,), got in zip(
        lists.users, catalogue.items, rank(scorer, catalogue), strict=True
    ):
        others = [
            i for i in range(problem.n_items) if i != item and i not in problem.positives.row(user)
        ]
        assert got == 1 + sum(scorer.counts[i] >= scorer.counts[item] for i in others)
    assert set(measure(ranks)) == set(measure(np.array([1])))


@pytest.mark.parametrize("value", [0.0, -3.5, 1e30, np.inf, -np.inf, np.nan])
def test_a_constant_wins_nothing(value: float) -> None:
    """All candidates tie with the held-out item and rank above it; what the user knows does not."""
    scorer = Constant(value, 6)
    sampled = Candidates(codes(0, 1), np.array([[5, 1, 2], [0, 3, NO_ITEM]], np.int32))
    assert rank(scorer, sampled).tolist() == [3, 2]
    seen = known([(0, 1), (0, 2), (0, 5)], 2, 6)
    catalogue = Candidates(codes(0, 1), np.array([[5], [0]], np.int32), seen)
    assert rank(scorer, catalogue).tolist() == [4, 6]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_no_finite_score_counts_against_the_scorer(value: float) -> None:
    """A held-out item without a score, or with an infinite one, comes last; a candidate stands
    above."""
    scorer = Tabulated(np.array([[9, 1, value, 2]], np.float32))
    for held_out, expected in ((0, 2), (3, 3), (1, 4), (2, 4)):
        others = [item for item in range(4) if item != held_out]
        sampled = Candidates(codes(0), np.array([[held_out, *others]], np.int32))
        assert rank(scorer, sampled) == [expected]
        catalogue = Candidates(codes(0), np.array([[held_out]], np.int32), known([], 1, 4))
        assert rank(scorer, catalogue) == [expected]


def test_what_no_item_scores_is_ignored() -> None:
    """-1 picks the last item here, the best of all: still it is not in the list."""
    scorer = Tabulated(np.array([[1, 2, 9]], np.float32))
    lists = Candidates(codes(0), np.array([[1, 0, NO_ITEM, NO_ITEM]], np.int32))
    assert rank(scorer, lists) == [1]


def test_a_large_catalogue_is_scored_for_several_lists_at_a_time() -> None:
    """Few items make long runs of lists, many no shorter ones than pays."""
    users = np.zeros(100, np.int32)
    whole = Candidates(users, users[:, None], known([], 1, 1))
    runs = {n: [one.stop - one.start for one in ranking.blocks(whole, n)] for n in (1000, 10**6)}
    assert set(runs[1000]) == {ranking.BLOCK // 1000}
    assert set(runs[10**6]) == {ranking.LEAST_LISTS}
    sampled = Candidates(users, np.zeros((100, 50_000), np.int32))
    assert {one.stop - one.start for one in ranking.blocks(sampled, 10**6)} == {1}


@given(st.integers(1, 40), st.integers(0, 1000))
def test_ranks_do_not_depend_on_blocks(block: int, seed: int) -> None:
    """Lists are scored some at a time; each user's scores stay their own. None is near another."""
    random = np.random.default_rng(seed)
    scorer = Tabulated(random.permutation(7 * 11).reshape(7, 11).astype(np.float32))
    users, held_out = (random.integers(0, n, 20).astype(np.int32) for n in (7, 11))
    catalogue = Candidates(users, held_out[:, None], known([], 7, 11))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "BLOCK", block)
        patch.setattr(ranking, "LEAST_LISTS", 1)
        ranks = rank(scorer, catalogue)
    scores = scorer.table[users]
    mine = np.take_along_axis(scores, held_out[:, None], axis=1)
    assert np.array_equal(ranks, (scores >= mine).sum(axis=1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda scores: scores.astype(np.float64), "scores must be float32, not float64"),
        (lambda scores: scores[:, 0], r"scores have shape \(2,\)"),
        (lambda scores: scores[:1], r"scores have shape \(1, 3\)"),
    ],
)
def test_scores_are_held_to_their_contract(
    change: Callable[[Floats], Floats], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other types would be compiled for, and other shapes read out of bounds."""
    scorer = Constant(1.0, 3)
    score = Constant.score
    monkeypatch.setattr(Constant, "score", lambda *arguments: change(score(*arguments)))
    lists = Candidates(codes(0, 1), np.array([[0, 1, 2], [2, 1, 0]], np.int32))
    with pytest.raises(AssertionError, match=message):
        rank(scorer, lists)


def test_no_scorer_is_compiled_for_specially() -> None:
    """However its array lies in memory, to the ranking it is of one type."""
    lists = Candidates(codes(0, 1), np.array([[0, 1, 2], [2, 1, 0]], np.int32))
    table = np.arange(6, dtype=np.float32).reshape(2, 3)
    rank(Tabulated(table), lists)
    before = len(ranking._rank_lists.signatures)  # type: ignore[attr-defined]
    rank(Tabulated(np.asfortranarray(table)), lists)
    rank(Popularity(np.array([3, 2, 1])), lists)
    assert len(ranking._rank_lists.signatures) == before  # type: ignore[attr-defined]
