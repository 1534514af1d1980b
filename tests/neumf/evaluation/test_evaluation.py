"""Ranks against brute force with the PyTorch model, and the rules for ties and NaN."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neumf.evaluation import ranking as evaluation
from neumf.evaluation.ranking import is_below, rank
from neumf.hyperparameters import HALF
from neumf.model import scorer
from neumf.model.parameters import Architecture, Parameters
from neumf.model.scorer import NeuMFScorer
from neumf.model.torch_module import NeuMF
from neumf.protocol.problem import NO_ITEM, Candidates, ItemSets


def model(
    n_users: int, n_items: int, factors: int, layers: int, seed: int = 0, gmf_factors: int = HALF
) -> Parameters:
    architecture = Architecture(n_users, n_items, factors, layers, gmf_factors)
    random = np.random.default_rng(seed)
    return Parameters(architecture, random.normal(0, 0.3, architecture.size).astype(np.float32))


@st.composite
def models(draw: st.DrawFn, deepest: int = 8) -> Parameters:
    """Both halves, or either alone."""
    layers = draw(st.integers(0, deepest))
    factors = 2 * draw(st.integers(1, 16 if layers < 4 else 3))
    gmf = draw(st.just(HALF) | st.integers(0 if layers else 1, 40))
    size = st.integers(1, 30)
    return model(draw(size), draw(size), factors, layers, draw(st.integers(0, 1000)), gmf)


def forward(parameters: Parameters) -> npt.NDArray[np.float32]:
    """Every score, by the PyTorch model's own forward: [n_users, n_items]."""
    a = parameters.architecture
    module = NeuMF(a)
    module.load(parameters)
    users, items = torch.arange(a.n_users), torch.arange(a.n_items)
    with torch.no_grad():
        pairs = torch.cartesian_prod(users, items)
        scores: npt.NDArray[np.float32] = module(pairs[:, 0], pairs[:, 1]).numpy()
    return scores.reshape(a.n_users, a.n_items)


def lists(parameters: Parameters, n: int, k: int, seed: int = 0) -> Candidates:
    """``n`` lists of up to ``k`` distinct items besides the held-out one."""
    a, random = parameters.architecture, np.random.default_rng(seed)
    items = np.full((n, 1 + k), NO_ITEM, np.int32)
    for row in items:
        some = random.permutation(a.n_items)[: 1 + k]
        row[: len(some)] = some
    return Candidates(random.integers(0, a.n_users, n).astype(np.int32), items)


def nothing(parameters: Parameters) -> ItemSets:
    """Nobody knows anything."""
    a, none = parameters.architecture, np.empty(0, np.int32)
    return ItemSets.of(none, none, a.n_users, a.n_items)


@given(models())
def test_scores_are_the_models(parameters: Parameters) -> None:
    """For every architecture, the split first layer gives what PyTorch's forward gives."""
    a = parameters.architecture
    users, items = np.arange(a.n_users, dtype=np.int32), np.arange(a.n_items, dtype=np.int32)
    scores = NeuMFScorer(parameters).score(users, items[None])
    expected = forward(parameters)
    assert np.abs(scores - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())


@given(models(), st.integers(1, 20), st.integers(0, 40), st.integers(0, 1000))
def test_rank_is_one_more_than_those_not_below(
    parameters: Parameters, n: int, k: int, seed: int
) -> None:
    """Of the list's real items."""
    candidates = lists(parameters, n, k, seed)
    ranks = rank(NeuMFScorer(parameters), candidates)
    scorer = NeuMFScorer(parameters)
    everything = np.arange(parameters.architecture.n_items, dtype=np.int32)[None]
    for user, items, got in zip(candidates.users, candidates.items, ranks, strict=True):
        scores = scorer.score(np.array([user]), everything)[0]
        others = [item for item in items[1:] if item != NO_ITEM]
        assert got == 1 + sum(not is_below(scores[item], scores[items[0]]) for item in others)


@given(models(), st.integers(0, 1000))
def test_catalogue_is_all_but_the_users_other_items(parameters: Parameters, seed: int) -> None:
    """The rank among all items that are not known, the held-out one itself being known or not."""
    a, random = parameters.architecture, np.random.default_rng(seed)
    known = random.random((a.n_users, a.n_items)) < 0.4
    users, items = (codes.astype(np.int32) for codes in np.nonzero(known))
    seen = ItemSets.of(users, items, a.n_users, a.n_items)
    held_out = random.integers(0, a.n_items, a.n_users).astype(np.int32)
    everyone = np.arange(a.n_users, dtype=np.int32)
    ranks = rank(NeuMFScorer(parameters), Candidates(everyone, held_out[:, None], seen))
    scores = NeuMFScorer(parameters).score(everyone, np.arange(a.n_items, dtype=np.int32)[None])
    for user, item in enumerate(held_out):
        others = [i for i in range(a.n_items) if not known[user, i] and i != item]
        mine = scores[user, item]
        assert ranks[user] == 1 + sum(not is_below(scores[user, i], mine) for i in others)


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few pairs are scored together, the ranks are the same."""
    parameters = model(20, 300, 8, 3)
    sampled = lists(parameters, 50, 99)
    whole = Candidates(sampled.users, sampled.items[:, :1], nothing(parameters))
    expected = [rank(NeuMFScorer(parameters), candidates) for candidates in (sampled, whole)]
    monkeypatch.setattr(evaluation, "BLOCK", 1)
    monkeypatch.setattr(evaluation, "LEAST_LISTS", 1)
    monkeypatch.setattr(scorer, "CACHED", 1)
    again = [rank(NeuMFScorer(parameters), candidates) for candidates in (sampled, whole)]
    assert np.array_equal(expected, again)


@given(models(deepest=8), st.integers(1, 40), st.booleans())
def test_constant_scores_win_nothing(parameters: Parameters, n: int, zero: bool) -> None:
    """Ties count against the model: of items that are all alike to it the held-out one comes last,
    however deep it is and wherever its score is computed."""
    if zero:
        parameters.flat[:] = 0
    parameters.item_rows[:] = parameters.item_rows[0]
    size = parameters.architecture.n_items
    candidates = lists(parameters, n, 30)
    assert (rank(NeuMFScorer(parameters), candidates) == min(31, size)).all()
    whole = Candidates(candidates.users, candidates.items[:, :1], nothing(parameters))
    assert (rank(NeuMFScorer(parameters), whole) == size).all()


def test_nan_counts_against_the_model() -> None:
    """A held-out item that scores NaN comes last; a NaN candidate stands above a held-out item
    that has a score."""
    parameters = model(1, 4, 8, 2)
    parameters.item_rows[0] = np.nan
    user = np.zeros(1, np.int32)
    scores = NeuMFScorer(parameters).score(user, np.arange(4, dtype=np.int32)[None])[0]
    best = int(np.nanargmax(scores))
    for held_out, expected in ((0, 4), (best, 2)):
        others = [item for item in range(4) if item != held_out]
        sampled = Candidates(user, np.array([[held_out, *others]], np.int32))
        assert rank(NeuMFScorer(parameters), sampled) == [expected]
        whole = Candidates(user, np.array([[held_out]], np.int32), nothing(parameters))
        assert rank(NeuMFScorer(parameters), whole) == [expected]
    parameters.flat[:] = np.nan
    assert rank(NeuMFScorer(parameters), sampled) == [4]


def test_no_item_is_not_in_the_list() -> None:
    """A user with too few unseen items is ranked among those there are."""
    parameters = model(1, 4, 8, 2)
    parameters.flat[:] = 0
    items = np.array([[2, 1, NO_ITEM, NO_ITEM]], np.int32)
    assert rank(NeuMFScorer(parameters), Candidates(np.zeros(1, np.int32), items)) == [2]


def test_nobody_to_rank() -> None:
    parameters = model(3, 4, 8, 2)
    assert rank(NeuMFScorer(parameters), lists(parameters, 0, 3)).shape == (0,)
