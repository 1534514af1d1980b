"""What the sampler of training samples guarantees."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.hyperparameters import Configuration
from neumf.protocol.problem import Candidates, ItemSets, Problem
from neumf.training import negatives
from neumf.training.negatives import Sampler, Samples

WHEN = ["every-epoch", "once", "per-user"]


def problem_of(pairs: set[tuple[int, int]], n_users: int, n_items: int) -> Problem:
    users = np.array([user for user, _ in sorted(pairs)], np.int32)
    items = np.array([item for _, item in sorted(pairs)], np.int32)
    known = ItemSets.of(users, items, n_users, n_items)
    nobody = Candidates(np.empty(0, np.int32), np.empty((0, 1), np.int32))
    return Problem(n_users, n_items, users, items, known, nobody)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Up to 8 users and 30 items; some users have nothing, some have everything."""
    n_users, n_items = draw(st.integers(1, 8)), draw(st.integers(1, 30))
    everything = draw(st.sets(st.integers(0, n_users - 1)))
    pairs = draw(st.sets(st.tuples(st.integers(0, n_users - 1), st.integers(0, n_items - 1))))
    pairs |= {(user, item) for user in everything for item in range(n_items)}
    return problem_of(pairs or {(0, 0)}, n_users, n_items)


def sampler_of(problem: Problem, ratio: int, when: str = "every-epoch", seed: int = 0) -> Sampler:
    return Sampler(problem, Configuration(negative_ratio=ratio, negatives=when), seed)


def rows(chunks: list[Samples], label: int) -> list[tuple[int, int]]:
    """The (user, item) pairs with a label, in the order of an epoch."""
    return [
        (int(user), int(item))
        for chunk in chunks
        for user, item, mark in zip(chunk.users, chunk.items, chunk.labels, strict=True)
        if mark == label
    ]


def epoch(sampler: Sampler, number: int) -> list[Samples]:
    return list(sampler.epoch(number))


def same(a: list[Samples], b: list[Samples]) -> bool:
    return rows(a, 0) == rows(b, 0) and rows(a, 1) == rows(b, 1)


@given(problems(), st.integers(1, 12), st.sampled_from(WHEN), st.integers(1, 3))
def test_every_positive_once_and_exactly_so_many_negatives(
    problem: Problem, ratio: int, when: str, number: int
) -> None:
    """Each positive comes once; a negative is never a positive of its user; and there are exactly
    ``ratio`` of them a positive (or a user), fewer only where a user has fewer unseen items, each
    of which then comes once."""
    sampler = sampler_of(problem, ratio, when)
    chunks = epoch(sampler, number)
    positives = list(zip(problem.users.tolist(), problem.items.tolist(), strict=True))
    assert sorted(rows(chunks, 1)) == sorted(positives)
    drawn = rows(chunks, 0)
    assert not set(drawn) & set(positives)
    assert sampler.size == len(positives) + len(drawn) == sum(len(chunk) for chunk in chunks)
    per_user = Counter(user for user, _ in drawn)
    for user, seen in Counter(user for user, _ in positives).items():
        bringing, unseen = 1 if when == "per-user" else seen, problem.n_items - seen
        assert per_user[user] == bringing * min(ratio, unseen)
        if 0 < unseen <= ratio:
            of_user = Counter(item for u, item in drawn if u == user)
            assert set(of_user.values()) == {bringing}
            assert len(of_user) == unseen


@given(problems(), st.integers(1, 5), st.sampled_from(WHEN), st.integers(0, 2**64 - 1))
def test_an_epoch_is_a_function_of_seed_and_number(
    problem: Problem, ratio: int, when: str, seed: int
) -> None:
    """In any order, by any sampler."""
    a, b = (sampler_of(problem, ratio, when, seed) for _ in range(2))
    first, second = epoch(a, 1), epoch(a, 2)
    assert same(second, epoch(b, 2))
    assert same(first, epoch(b, 1))


def big() -> Problem:
    """A hundred users with half of fifty items each."""
    random = np.random.default_rng(0)
    pairs = {(user, int(item)) for user in range(100) for item in random.permutation(50)[:25]}
    return problem_of(pairs, 100, 50)


@pytest.mark.parametrize("when", WHEN)
def test_when_negatives_are_drawn(when: str) -> None:
    """Anew every epoch, or once and for all; the order is another each epoch in any case."""
    sampler = sampler_of(big(), 3, when)
    first, second = epoch(sampler, 1), epoch(sampler, 2)
    redrawn = sorted(rows(first, 0)) != sorted(rows(second, 0))
    assert redrawn == (when == "every-epoch")
    assert rows(first, 1) != rows(second, 1)


@pytest.mark.slow
@given(st.integers(1, 400), st.sampled_from(WHEN), st.integers(1, 4))
def test_chunks_share_out_the_same_samples(chunk: int, when: str, ratio: int) -> None:
    """However small the chunks, an epoch has the same samples, and none is longer than a chunk or
    one positive's share."""
    problem = big()
    whole = epoch(sampler_of(problem, ratio, when), 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(negatives, "CHUNK", chunk)
        parts = epoch(sampler_of(problem, ratio, when), 1)
    assert max(len(part) for part in parts) <= max(chunk, 1 + ratio)
    for label in (0, 1):
        assert sorted(rows(parts, label)) == sorted(rows(whole, label))


def test_listing_and_searching_find_the_same_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """One positive to a chunk is searched for, all at once are listed: one outcome. Users with a
    gap at either end, in the middle, and with all but one item."""
    sets = [{0, 1, 2, 39}, {37, 38, 39}, {5, 6, 20}, set(range(40)) - {17}, {0}, set(range(3, 40))]
    pairs = {(user, item) for user, items in enumerate(sets) for item in items}
    problem = problem_of(pairs, len(sets), 40)
    listed = epoch(sampler_of(problem, 2), 1)
    monkeypatch.setattr(negatives, "CHUNK", 3)
    searched = epoch(sampler_of(problem, 2), 1)
    assert len(searched) > len(listed) == 1
    assert sorted(rows(listed, 0)) == sorted(rows(searched, 0))


def test_negatives_are_uniform_over_unseen_items() -> None:
    """Each unseen item of a user is as likely as any other: chi-square within five standard
    deviations of its mean."""
    problem = big()
    sampler = sampler_of(problem, 10)
    counts = np.zeros((100, 50))
    for number in range(20):
        for user, item in rows(epoch(sampler, number), 0):
            counts[user, item] += 1
    drawn = counts[counts > 0]
    assert drawn.size == 100 * 25
    expected = 25 * 10 * 20 / 25
    chi2, freedom = ((drawn - expected) ** 2 / expected).sum(), 100 * 24
    assert abs(chi2 - freedom) < 5 * np.sqrt(2 * freedom)


def test_the_order_is_a_shuffle() -> None:
    """Positives lie as evenly in every tenth of an epoch as chance has it, and no user's samples
    lie together."""
    samples = epoch(sampler_of(big(), 4), 1)[0]
    labels = samples.labels.reshape(10, -1).mean(axis=1)
    n = len(samples) / 10
    assert np.abs(labels - 0.2).max() < 5 * np.sqrt(0.2 * 0.8 / n)
    neighbours = (samples.users[1:] == samples.users[:-1]).mean()
    assert abs(neighbours - 0.01) < 5 * np.sqrt(0.01 / len(samples))
