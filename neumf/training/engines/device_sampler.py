"""Training samples drawn where a GPU trains: data, negatives and shuffling never leave it.

The same negatives as :class:`neumf.training.negatives.Sampler` draws on the CPU, by the same hash
of (seed, draw) and the same search among the user's unseen items, on all draws of a chunk at once.
Only the order of the samples is the device's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neumf.hyperparameters import Configuration
from neumf.protocol.problem import Problem
from neumf.seeds import derive
from neumf.training.negatives import CHUNK


@dataclass(frozen=True, eq=False)
class DeviceSamples:
    """:class:`neumf.training.negatives.Samples` on a device."""

    users: Tensor  # int64 [n]
    items: Tensor  # int64 [n]
    labels: Tensor  # float32 [n]

    def __len__(self) -> int:
        return len(self.users)

    def part(self, where: slice) -> DeviceSamples:
        """A run of the samples; views, not copies."""
        return DeviceSamples(self.users[where], self.items[where], self.labels[where])


class DeviceSampler:
    """Draws an epoch's samples on ``device``; see :class:`neumf.training.negatives.Sampler`."""

    def __init__(
        self, problem: Problem, configuration: Configuration, seed: int, device: torch.device
    ) -> None:
        positives = problem.positives
        self._n_items = problem.n_items
        self._ratio = configuration.negative_ratio
        self._when = configuration.negatives
        self._seed = seed
        self._device = device
        counts = positives.counts
        owners = np.repeat(np.arange(problem.n_users), counts)
        place = np.arange(len(owners)) - positives.starts[owners]
        self._users = self._put(owners)
        self._items = self._put(positives.items)
        self._starts = self._put(positives.starts[owners])
        self._unseen = self._put((problem.n_items - counts)[owners])
        self._before = self._put(owners * problem.n_items + positives.items - place)
        brings = np.minimum(problem.n_items - counts, self._ratio)[owners]
        if self._when == "per-user":
            brings = np.where(place == 0, brings, 0)
        self._brings = self._put(brings)
        self._all_bring = bool((brings == self._ratio).all())
        self.size = len(owners) + int(brings.sum())

    def epoch(self, number: int) -> Iterator[DeviceSamples]:
        """The samples of epoch ``number`` (from 1), shuffled."""
        shuffling = torch.Generator(self._device)
        shuffling.manual_seed(_signed(derive(self._seed, "shuffle", number)))
        drawn_in = number if self._when == "every-epoch" else 0
        seed = _signed(derive(self._seed, "negatives", drawn_in))
        order = self._permutation(len(self._users), shuffling)
        step = max(1, CHUNK // (1 + self._ratio))
        for start in range(0, len(order), step):
            yield self._draw(order[start : start + step], seed, shuffling)

    def _draw(self, chosen: Tensor, seed: int, shuffling: torch.Generator) -> DeviceSamples:
        """The chosen positives and their negatives, shuffled."""
        slots = torch.arange(self._ratio, device=self._device)
        unseen = self._unseen[chosen, None]
        random = tensor_mix(seed, chosen[:, None] * self._ratio + slots)
        ranks = torch.where(unseen <= self._ratio, slots, tensor_bounded(random, unseen))
        users = self._users[chosen, None]
        k = torch.searchsorted(self._before, users * self._n_items + ranks, right=True)
        negatives = ranks + k - self._starts[chosen, None]
        items = torch.cat([self._items[chosen, None], negatives], dim=1).flatten()
        users = users.expand(-1, 1 + self._ratio).flatten()
        labels = torch.zeros(len(chosen), 1 + self._ratio, device=self._device)
        labels[:, 0] = 1.0
        labels = labels.flatten()
        kept = self._permutation(len(items), shuffling)
        if not self._all_bring:
            positive = torch.ones(len(chosen), 1, dtype=torch.bool, device=self._device)
            there = torch.cat([positive, slots < self._brings[chosen, None]], dim=1).flatten()
            kept = kept[there[kept]]
        return DeviceSamples(users[kept], items[kept], labels[kept])

    def _permutation(self, n: int, shuffling: torch.Generator) -> Tensor:
        return torch.randperm(n, generator=shuffling, device=self._device)

    def _put(self, array: np.ndarray[tuple[int], np.dtype[np.integer]]) -> Tensor:
        return torch.from_numpy(np.asarray(array, np.int64)).to(self._device)


def tensor_mix(seed: int, n: Tensor) -> Tensor:
    """:func:`neumf.compiled.mix` on int64 tensors, whose products wrap as unsigned ones do."""
    z = seed + (n + 1) * _signed(0x9E3779B97F4A7C15)
    z = (z ^ _shift(z, 30)) * _signed(0xBF58476D1CE4E5B9)
    z = (z ^ _shift(z, 27)) * _signed(0x94D049BB133111EB)
    return z ^ _shift(z, 31)


def tensor_bounded(bits: Tensor, n: Tensor) -> Tensor:
    """:func:`neumf.compiled.bounded` on int64 tensors; ``n`` < 2**31."""
    return (_shift(bits, 32) * n) >> 32


def _shift(z: Tensor, by: int) -> Tensor:
    """Shift right, filling with zeros."""
    return (z >> by) & ((1 << (64 - by)) - 1)


def _signed(word: int) -> int:
    """The same 64 bits as a signed number."""
    return word - (1 << 64) if word >> 63 else word
