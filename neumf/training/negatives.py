"""Training samples: every positive and its negatives, shuffled, in chunks.

The user's i-th unseen item is found directly, without rejection. Let s_0 < s_1 < ... be the items
the user has seen; the number of unseen items before s_k is s_k - k, which never falls with k, so a
binary search for the number k of seen items with s_k - k <= i gives the item i + k. Where a user's
draws are many, listing all unseen items once is cheaper, and finds the same ones. A user who has
seen nearly everything costs no more than any other.

Negatives are drawn with replacement, as in He et al. 2017; a user with no more unseen items than
``negative_ratio`` gets each of them once, and one who has everything gets none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neumf.arrays import Ints
from neumf.compiled import bounded, frozen, inline, jit, mix
from neumf.data.interactions import Codes
from neumf.hyperparameters import Configuration
from neumf.prefetch import prefetch
from neumf.protocol.problem import Problem
from neumf.seeds import derive, generator

CHUNK = 1 << 20
"""Samples shuffled together. Smaller data (MovieLens-100K with up to 9 negatives a positive) is one
chunk, a full shuffle; larger data is dealt to chunks by positive at random, and never stands in
memory whole."""

TOGETHER = 4
"""Chunks whose samples are drawn at once: of a user with hundreds of positives, as in MovieLens-1M,
all unseen items are then listed once for several chunks."""

AHEAD = 24
"""How many swaps ahead the shuffle asks for memory (measured: 14 ns a sample instead of 20)."""

LISTING_PAYS = 16
"""Items listed in the time of one search (measured: 1.3 ns an item, 20 ns a search)."""

LANES = 16
"""Items written at once."""

Bits = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
"""A sample in one word: user << 32 | item << 1 | label."""


@dataclass(frozen=True, eq=False)
class Samples:
    """A shuffled chunk. ``labels`` is 1 for a positive, 0 for a negative."""

    users: Codes  # [n]
    items: Codes  # [n]
    labels: Bits  # [n]

    def __len__(self) -> int:
        return len(self.users)

    def part(self, where: slice) -> Samples:
        """A run of the samples; views, not copies."""
        return Samples(self.users[where], self.items[where], self.labels[where])


class Sampler:
    """Draws an epoch's samples. The n-th epoch is a function of (seed, n) alone.

    Args:
        problem: its positives, which are all drawn every epoch, each with its negatives.
        configuration: ``negative_ratio`` negatives a positive, drawn as ``negatives`` says.
        seed: of the negatives and of the order.
    """

    size: int  # samples an epoch

    def __init__(self, problem: Problem, configuration: Configuration, seed: int) -> None:
        positives = problem.positives
        self._n_items = problem.n_items
        self._starts, self._items = frozen(positives.starts), frozen(positives.items)
        self._ratio = configuration.negative_ratio
        self._when = configuration.negatives
        self._seed = seed
        counts = positives.counts
        bringing = np.minimum(counts, 1) if self._when == "per-user" else counts
        negatives = bringing * np.minimum(problem.n_items - counts, self._ratio)
        self.size = int((counts + negatives).sum())
        self._step = max(1, min(CHUNK // (1 + self._ratio), len(self._items)))
        together = min(TOGETHER, -(-len(self._items) // self._step))
        self._words = np.empty((together, self._step * (1 + self._ratio)), np.uint64)
        self._listed = np.empty(problem.n_items + LANES, np.int32)

    def epoch(self, number: int) -> Iterator[Samples]:
        """The samples of epoch ``number`` (from 1), shuffled."""
        drawn_in = number if self._when == "every-epoch" else 0
        seed = np.uint64(derive(self._seed, "negatives", drawn_in))
        order = np.arange(len(self._items), dtype=np.int32)
        if len(order) > self._step:
            generator(self._seed, "order", number).shuffle(order)
        several = len(self._words) * self._step
        for first in range(0, len(order), several):
            chosen = order[first : first + several]
            lengths = self._draw(chosen, seed)
            for k in range(-(-len(chosen) // self._step)):
                words = self._words[k, : lengths[k]]
                start = first + k * self._step
                _shuffle(words, np.uint64(derive(self._seed, "shuffle", number, start)))
                yield _unpack(words)

    def _draw(self, chosen: Codes, seed: np.uint64) -> Ints:
        """Write the chosen positives and their negatives to as many chunks as they fill, a user's
        together; returns how many samples each chunk has."""
        dealt = chosen.astype(np.int64) * TOGETHER + np.arange(len(chosen)) // self._step
        dealt.sort()
        lengths = np.zeros(len(self._words), np.int64)
        _fill(
            dealt,
            self._starts,
            self._items,
            self._n_items,
            self._ratio,
            self._when == "per-user",
            seed,
            self._listed,
            self._words,
            lengths,
        )
        return lengths


def _unpack(words: Words) -> Samples:
    users, items = np.empty(len(words), np.int32), np.empty(len(words), np.int32)
    labels = np.empty(len(words), np.uint8)
    _split(words, users, items, labels)
    return Samples(users, items, labels)


@jit
def _unseen(seen: Codes, start: int, stop: int, i: int | np.int64) -> int | np.int64:
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
def _list_unseen(seen: Codes, start: int, stop: int, n_items: int, out: Codes) -> None:
    """All of them: ``out[i]`` is the i-th. Runs are written in whole vectors; what a run writes
    beyond its end, the next overwrites, and ``out`` has room for the last."""
    item = 0
    for k in range(stop - start + 1):
        end = int(seen[start + k]) if start + k < stop else n_items
        for i in range(item - k, end - k, LANES):
            for lane in range(LANES):
                out[i + lane] = i + lane + k
        item = end + 1


@jit
def _fill(
    dealt: Ints,
    starts: Ints,
    seen: Codes,
    n_items: int,
    ratio: int,
    per_user: bool,
    seed: np.uint64,
    listed: Codes,
    out: Words,
    lengths: Ints,
) -> None:
    """Write each positive and its negatives to its chunk, at ``lengths``, which grow. ``dealt``
    [n] are positives, ascending, times ``TOGETHER``, plus their chunks. If ``per_user``, only a
    user's first positive brings negatives."""
    first, user = 0, 0
    while first < len(dealt):
        while starts[user + 1] <= dealt[first] // TOGETHER:
            user += 1
        start, stop = starts[user], starts[user + 1]
        last = first
        while last < len(dealt) and dealt[last] // TOGETHER < stop:
            last += 1
        unseen = n_items - (stop - start)
        many = (last - first) * ratio * LISTING_PAYS > unseen
        if many:
            _list_unseen(seen, start, stop, n_items, listed)
        for c in range(first, last):
            positive, chunk = dealt[c] // TOGETHER, dealt[c] % TOGETHER
            n = lengths[chunk]
            out[chunk, n] = _word(user, seen[positive], 1)
            draws = 0 if per_user and positive > start else min(ratio, unseen)
            for k in range(draws):
                draw = np.uint64(positive) * np.uint64(ratio) + np.uint64(k)
                i = k if unseen <= ratio else bounded(mix(seed, draw), unseen)
                item = listed[i] if many else _unseen(seen, start, stop, i)
                out[chunk, n + 1 + k] = _word(user, item, 0)
            lengths[chunk] = n + 1 + draws
        first = last


@inline
def _word(user: int, item: int | np.int64, label: int) -> np.uint64:
    return np.uint64(user) << np.uint64(32) | np.uint64(item) << np.uint64(1) | np.uint64(label)


@jit
def _shuffle(words: Words, seed: np.uint64) -> None:
    """Fisher & Yates, in place."""
    for i in range(len(words) - 1, 0, -1):
        ahead = max(i - AHEAD, 0)
        prefetch(words, bounded(mix(seed, np.uint64(ahead)), ahead + 1))
        j = bounded(mix(seed, np.uint64(i)), i + 1)
        words[i], words[j] = words[j], words[i]


@jit
def _split(words: Words, users: Codes, items: Codes, labels: Bits) -> None:
    """Unpack each word."""
    for k in range(len(words)):
        users[k] = words[k] >> np.uint64(32)
        items[k] = (words[k] & np.uint64(0xFFFFFFFF)) >> np.uint64(1)
        labels[k] = words[k] & np.uint64(1)
