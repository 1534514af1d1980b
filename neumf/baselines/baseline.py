"""What a baseline is: a name, a grid of hyperparameters, and a way to fit a problem's positives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from neumf.declaration import Value
from neumf.evaluation.scoring import Scorer
from neumf.protocol.problem import Problem

Hyperparameters = Mapping[str, Value]


class Baseline(ABC):
    """One method. It holds no state: what is fitted is the scorer."""

    name: ClassVar[str]
    """In JSON and on command lines."""

    label: ClassVar[str]
    """For people."""

    draws: ClassVar[bool] = False
    """Whether what is fitted depends on the seed."""

    grid: ClassVar[tuple[Hyperparameters, ...]]
    """What tuning tries, in this order; the earlier is preferred where two are equally good."""

    def refusal(self, n_users: int, n_items: int, n_pairs: int) -> str | None:
        """Why data of this size are too much for the method, or None. It follows from the size
        alone, so every machine gives the same answer."""
        del n_users, n_items, n_pairs
        return None

    @abstractmethod
    def fit(
        self, problem: Problem, hyperparameters: Hyperparameters, seed: int, threads: int = 1
    ) -> Scorer:
        """Learn from the problem's positives alone.

        Args:
            problem: its validation lists are not looked at.
            hyperparameters: such as :attr:`grid` holds.
            seed: of whatever the method draws; only if it :attr:`draws`.
            threads: how many to compute with. The result is the same to the last bit.
        """

    def fit_all(
        self, problem: Problem, points: Sequence[Hyperparameters], seed: int, threads: int = 1
    ) -> Iterator[Scorer]:
        """:meth:`fit` for each of ``points``, in their order. A method whose points have work in
        common overrides it, and yields the same."""
        for hyperparameters in points:
            yield self.fit(problem, hyperparameters, seed, threads)
