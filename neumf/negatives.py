"""Training samples: every positive and its negatives, shuffled, in chunks.

The user's i-th unseen item is found directly, without rejection. Let s_0 < s_1 < ... be the items
the user has seen; the number of unseen items before s_k is s_k - k, which never falls with k, so a
binary search for the number k of seen items with s_k - k <= i gives the item i + k. A user who has
seen nearly everything costs no more than any other.

Negatives are drawn with replacement, as in He et al. 2017; a user with no more unseen items than
``negative_ratio`` gets each of them once, and one who has everything gets none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neumf.compiled import below, jit, mix
from neumf.hyperparameters import Hyperparameters
from neumf.interactions import Codes
from neumf.problem import Problem
from neumf.seeds import derive

CHUNK = 1 << 20
"""Samples shuffled together. Smaller data (MovieLens-100K with up to 9 negatives a positive) is one
chunk, a full shuffle; larger data is shuffled by positive first, and never stands in memory whole."""

Bits = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Samples:
    """A shuffled chunk. ``labels`` is 1 for a positive, 0 for a negative."""

    users: Codes  # [n]
    items: Codes  # [n]
    labels: Bits  # [n]

    def __len__(self) -> int:
        return len(self.users)


class Sampler:
    """Draws an epoch's samples. The n-th epoch is a function of (seed, n) alone."""

    def __init__(self, problem: Problem, hyperparameters: Hyperparameters, seed: int) -> None:
        self._problem = problem
        self._ratio = hyperparameters.negative_ratio
        self._when = hyperparameters.negatives
        self._seed = seed
        positives = problem.positives
        unseen = np.minimum(problem.n_items - positives.counts, self._ratio)
        if self._when == "per-user":
            self._negatives_of = np.where(positives.counts > 0, unseen, 0)
            self.size = len(problem.users) + int(self._negatives_of.sum())
        else:
            self.size = int((np.bincount(problem.users, minlength=problem.n_users) * (1 + unseen)).sum())

    def epoch(self, number: int) -> Iterator[Samples]:
        """The samples of epoch ``number`` (from 1), shuffled."""
        chunks = self._per_user(number) if self._when == "per-user" else self._per_positive(number)
        for n, samples in enumerate(chunks):
            _shuffle(
                samples.users,
                samples.items,
                samples.labels,
                np.uint64(derive(self._seed, "shuffle", number, n)),
            )
            yield samples

    def _per_positive(self, number: int) -> Iterator[Samples]:
        problem, ratio = self._problem, self._ratio
        order = np.random.default_rng(derive(self._seed, "order", number)).permutation(
            np.arange(len(problem.users), dtype=np.int32)
        )
        drawn_in = number if self._when == "every-epoch" else 0
        seed = np.uint64(derive(self._seed, "negatives", drawn_in))
        step = max(1, CHUNK // (1 + ratio))
        for start in range(0, len(order), step):
            chosen = order[start : start + step]
            samples = _room(len(chosen) * (1 + ratio))
            n = _fill(
                chosen,
                problem.users,
                problem.items,
                problem.positives.starts,
                problem.positives.items,
                problem.n_items,
                ratio,
                seed,
                samples.users,
                samples.items,
                samples.labels,
            )
            yield Samples(samples.users[:n], samples.items[:n], samples.labels[:n])

    def _per_user(self, number: int) -> Iterator[Samples]:
        """The notebook's first run: a fixed number of negatives a user, drawn once."""
        problem, counts = self._problem, self._negatives_of
        users = np.repeat(np.arange(problem.n_users, dtype=np.int32), counts)
        negatives = np.empty(len(users), np.int32)
        _fill_users(
            counts,
            problem.positives.starts,
            problem.positives.items,
            problem.n_items,
            np.uint64(derive(self._seed, "negatives", 0)),
            negatives,
        )
        users = np.concatenate([problem.users, users])
        items = np.concatenate([problem.items, negatives])
        labels = (np.arange(len(users)) < len(problem.users)).astype(np.uint8)
        order = np.random.default_rng(derive(self._seed, "order", number)).permutation(len(users))
        for start in range(0, len(order), CHUNK):
            chosen = order[start : start + CHUNK]
            yield Samples(users[chosen], items[chosen], labels[chosen])


def _room(n: int) -> Samples:
    return Samples(np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.uint8))


@jit
def _unseen(seen: Codes, start: int, stop: int, i: int) -> int:
    """The i-th item (from 0) that is not among the ascending ``seen[start:stop]``."""
    low, high = start, stop
    while low < high:
        middle = (low + high) >> 1
        if seen[middle] - (middle - start) <= i:
            low = middle + 1
        else:
            high = middle
    return i + low - start


@jit
def _fill(
    chosen: Codes,
    users: Codes,
    items: Codes,
    starts: npt.NDArray[np.int64],
    seen: Codes,
    n_items: int,
    ratio: int,
    seed: np.uint64,
    out_users: Codes,
    out_items: Codes,
    out_labels: Bits,
) -> int:
    """Write each chosen positive and its negatives; returns the number of samples written."""
    n = 0
    for positive in chosen:
        user = users[positive]
        start, stop = starts[user], starts[user + 1]
        unseen = n_items - (stop - start)
        out_users[n], out_items[n], out_labels[n] = user, items[positive], 1
        n += 1
        for k in range(min(ratio, unseen)):
            draw = np.uint64(positive) * np.uint64(ratio) + np.uint64(k)
            i = k if unseen <= ratio else below(mix(seed, draw), unseen)
            out_users[n], out_items[n], out_labels[n] = user, _unseen(seen, start, stop, i), 0
            n += 1
    return n


@jit
def _fill_users(
    counts: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int64],
    seen: Codes,
    n_items: int,
    seed: np.uint64,
    out: Codes,
) -> None:
    """Write ``counts[user]`` negatives of each user, one after another."""
    n = 0
    for user in range(len(counts)):
        start, stop = starts[user], starts[user + 1]
        unseen = n_items - (stop - start)
        for k in range(counts[user]):
            i = k if unseen <= counts[user] else below(mix(seed, np.uint64(n)), unseen)
            out[n] = _unseen(seen, start, stop, i)
            n += 1


@jit
def _shuffle(users: Codes, items: Codes, labels: Bits, seed: np.uint64) -> None:
    """Fisher & Yates, in place."""
    for i in range(len(users) - 1, 0, -1):
        j = below(mix(seed, np.uint64(i)), i + 1)
        users[i], users[j] = users[j], users[i]
        items[i], items[j] = items[j], items[i]
        labels[i], labels[j] = labels[j], labels[i]
