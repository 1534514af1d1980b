"""Mixtures rank as the joined model does, and choosing among them does not flatter."""

from __future__ import annotations

import numpy as np
import pytest

from neumf.arrays import Floats
from neumf.data.interactions import Codes
from neumf.evaluation import mixtures, ranking
from neumf.evaluation.mixtures import FOLDS, Mixtures, choose
from neumf.evaluation.ranking import rank
from neumf.metrics import OBJECTIVE
from neumf.model.joining import join
from neumf.model.parameters import Architecture
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import Candidates, ItemSets
from tests.neumf.model.test_joining import some

USERS, ITEMS = 40, 60


def lists(*, whole_catalogue: bool) -> Candidates:
    generator = np.random.default_rng(0)
    users = np.arange(USERS, dtype=np.int32)
    items: Codes = np.array([generator.permutation(ITEMS)[:21] for _ in users], np.int32)
    if not whole_catalogue:
        return Candidates(users, items)
    seen = ItemSets.of(users, items[:, 1], USERS, ITEMS)
    return Candidates(users, items[:, :1], seen)


@pytest.mark.parametrize("whole_catalogue", [False, True])
@pytest.mark.parametrize("kept", [1 << 24, 200, 0])
def test_a_mixture_ranks_as_the_joined_model(
    whole_catalogue: bool, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again and again, whether all, some or none of the scores that stay are kept."""
    monkeypatch.setattr(mixtures, "KEPT", kept)
    monkeypatch.setattr(ranking, "BLOCK", 100)
    monkeypatch.setattr(ranking, "LEAST_LISTS", 1)
    candidates = lists(whole_catalogue=whole_catalogue)
    gmf = some(Architecture(USERS, ITEMS, 8, 0, 6), 1)
    weights, mixed = (0.0, 0.3, 1.0), Mixtures(NeuMFScorer(gmf), candidates)
    for seed in (2, 3):
        neumf = some(Architecture(USERS, ITEMS, 4, 2), seed)
        ranks = mixed.rank(NeuMFScorer(neumf), weights)
        for k, weight in enumerate(weights):
            assert (ranks[k] == rank(NeuMFScorer(join(gmf, neumf, weight)), candidates)).all()


def test_what_stays_is_scored_once() -> None:
    """However often the other model has changed."""
    asked = []

    class Counting(NeuMFScorer):
        def score(self, users: Codes, items: Codes) -> Floats:
            asked.append(len(users))
            return super().score(users, items)

    gmf = Counting(some(Architecture(USERS, ITEMS, 8, 0, 6), 1))
    mixed = Mixtures(gmf, lists(whole_catalogue=False))
    for seed in (2, 3, 4):
        mixed.rank(NeuMFScorer(some(Architecture(USERS, ITEMS, 4, 2), seed)), (0.5,))
    assert sum(asked) == USERS


def test_no_list_has_a_say_in_its_own_weight() -> None:
    """Whatever the lists of one fold hold, each is told by the same mixture."""
    generator = np.random.default_rng(1)
    ranks = generator.integers(1, 30, (5, 50))
    users = np.arange(50, dtype=np.int32)
    _, honest = choose(ranks, users)
    for fold in range(FOLDS):
        mine = np.arange(50) % FOLDS == fold
        changed = ranks.copy()
        changed[:, mine] = np.arange(1, 6)[:, None] * 1000 + np.flatnonzero(mine)
        _, other = choose(changed, users)
        chosen = np.unique(other[mine] // 1000)
        assert len(chosen) == 1
        assert (honest[mine] == ranks[chosen[0] - 1, mine]).all()


def test_choosing_among_noise_gains_nothing() -> None:
    """Fifty mixtures that differ by chance alone: the best of them looks better than they are,
    the number that is told does not."""
    generator = np.random.default_rng(2)
    flattery, told = [], []
    for _ in range(60):
        ranks = generator.integers(1, 101, (50, 400))
        best, honest = choose(ranks, np.arange(400, dtype=np.int32))
        typical = OBJECTIVE(ranks)
        flattery.append(OBJECTIVE(ranks[best]) - typical)
        told.append(OBJECTIVE(honest) - typical)
    error = np.std(told) / np.sqrt(len(told))
    assert np.mean(flattery) > 10 * error
    assert abs(np.mean(told)) < 3 * error


def test_a_better_mixture_is_chosen_and_equals_go_to_the_first() -> None:
    ranks = np.full((3, 20), 5)
    users = np.arange(20, dtype=np.int32)
    assert choose(ranks, users)[0] == 0
    ranks[2] = 1
    best, honest = choose(ranks, users)
    assert best == 2
    assert (honest == 1).all()


def test_one_list_is_told_by_the_first() -> None:
    """There are no others to choose on."""
    best, honest = choose(np.array([[7], [1]]), np.zeros(1, np.int32))
    assert best == 1
    assert honest.tolist() == [7]


def test_all_lists_of_a_user_are_in_one_fold() -> None:
    """Under a ratio split users have several: none may choose for another of the same user."""
    ranks = np.array([[1, 50, 9, 9], [50, 1, 9, 9]])
    both, apart = np.array([3, 3, 4, 5], np.int32), np.array([3, 4, 5, 6], np.int32)
    assert choose(ranks, both)[1].tolist() == [1, 50, 9, 9], "equals elsewhere: the first"
    assert choose(ranks, apart)[1].tolist() == [50, 50, 9, 9]
