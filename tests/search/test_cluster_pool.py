"""The cluster's pool as the coordinator hears it: without a cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import count
from typing import cast

import pytest

from neumf.errors import UserError
from search.cluster.commands import Heard, ToBridge
from search.cluster.pool import Cluster, ClusterPool
from search.workers.interface import AT_ONCE
from search.workers.messages import Died, Ready
from tests.search.fakes import trained

LOST = UserError("the cluster is lost")


class FakeCluster:
    """Says what it is given; an error is raised in its place, and for ever after."""

    def __init__(self, says: Iterable[Heard | UserError | None]) -> None:
        self.told: list[ToBridge] = []
        self._says = deque(says)
        self._numbers = count()

    def number(self) -> int:
        return next(self._numbers)

    def send(self, command: ToBridge) -> None:
        self.told.append(command)

    def receive(self, seconds: float) -> Heard | None:
        del seconds
        if self._says and isinstance(said := self._says[0], UserError):
            raise said
        said = self._says.popleft() if self._says else None
        assert not isinstance(said, UserError)
        return said


def pool_of(size: int, *says: Heard | UserError | None) -> ClusterPool:
    return ClusterPool(cast("Cluster", FakeCluster(says)), size)


def test_all_that_has_arrived_is_heard_at_once() -> None:
    """In its order, without the words of workers that nobody knows any more."""
    says = (Heard(0, Ready()), Heard(7, Ready()), Heard(1, Died("lost")), Heard(1, Ready()), None)
    pool = pool_of(2, *says, Heard(0, trained(0)))
    assert [(worker.slot, said) for worker, said in pool.wait(1.0)] == [
        (0, Ready()),
        (1, Died("lost")),
    ]
    assert [said for _, said in pool.wait(1.0)] == [trained(0)]
    assert pool.wait(1.0) == []


def test_no_more_than_a_hand_is_heard_at_once() -> None:
    """So that a stop is heeded between two hands."""
    pool = pool_of(1, *[Heard(0, Ready())] * (AT_ONCE + 1))
    assert [len(pool.wait(1.0)) for _ in range(3)] == [AT_ONCE, 1, 0]


def test_a_lost_cluster_is_told_after_what_was_heard_before() -> None:
    """A trial that had ended is kept."""
    pool = pool_of(1, Heard(0, Ready()), LOST)
    assert [said for _, said in pool.wait(1.0)] == [Ready()]
    for _ in range(2):
        with pytest.raises(UserError, match="lost"):
            pool.wait(1.0)
    with pytest.raises(UserError, match="lost"):
        pool_of(1, LOST).wait(1.0)
