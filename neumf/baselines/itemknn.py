"""Item-kNN: an item scores by how similar it is to what the user has.

Similarity is the cosine of the items' users, shrunk where few users speak for it, to a power that
lets close neighbours count for more: (n_ij / (sqrt(n_i n_j) + shrink)) ** power. An item counts its
most similar ones only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from neumf.arrays import Floats
from neumf.baselines.baseline import Baseline, Hyperparameters
from neumf.baselines.histories import ByHistory
from neumf.data.interactions import Codes
from neumf.evaluation.scoring import Scorer
from neumf.protocol.problem import ItemSets, Problem


class ItemKNN(Baseline):
    """The classic neighbourhood model."""

    name: ClassVar = "itemknn"
    label: ClassVar = "item-kNN"
    grid: ClassVar = tuple(
        {"neighbours": neighbours, "shrink": shrink, "power": power}
        for neighbours in (10, 25, 50, 100, 200)
        for shrink in (0, 10)
        for power in (1, 2)
    )

    def fit(
        self, problem: Problem, hyperparameters: Hyperparameters, seed: int, threads: int = 1
    ) -> Scorer:
        del seed
        neighbours, shrink = int(hyperparameters["neighbours"]), float(hyperparameters["shrink"])
        return scorer(problem, nearest(problem, neighbours, shrink, threads), hyperparameters)

    def fit_all(
        self, problem: Problem, points: Sequence[Hyperparameters], seed: int, threads: int = 1
    ) -> Iterator[Scorer]:
        """Items are compared once for each shrinkage, not for each number of neighbours."""
        del seed
        most = max((int(point["neighbours"]) for point in points), default=0)
        found: dict[float, Nearest] = {}
        for point in points:
            shrink = float(point["shrink"])
            if shrink not in found:
                found[shrink] = nearest(problem, most, shrink, threads)
            yield scorer(problem, found[shrink].cut(int(point["neighbours"])), point)


class Nearest(NamedTuple):
    """The most similar items of each: row j has ``found[j]`` of them, in the order of their codes,
    and zeros."""

    others: Codes  # [n_items, k]
    similarities: Floats  # [n_items, k]
    found: npt.NDArray[np.int64]  # [n_items]

    @classmethod
    def none(cls, n_items: int, neighbours: int) -> Nearest:
        """Room for so many."""
        shape = n_items, max(1, min(neighbours, n_items - 1))
        return cls(np.zeros(shape, np.int32), np.zeros(shape, np.float32), np.zeros(n_items, int))

    def take(self, first: int, similarities: Floats) -> None:
        """Find items ``first`` and those after it theirs, from their similarities [n, n_items]."""
        from neumf.baselines.kernels.itemknn import keep_nearest
        from neumf.compiled import frozen

        n, room = similarities.shape[1], self.others.shape[1]
        least = np.partition(similarities, n - room, axis=1)[:, n - room]
        keep_nearest(first, similarities, frozen(least), *self)

    def cut(self, neighbours: int) -> Nearest:
        """The ``neighbours`` most similar of these, or all."""
        if neighbours >= self.others.shape[1]:
            return self
        places = Nearest.none(len(self.others), neighbours)
        places.take(0, self.similarities)
        return places._replace(others=np.take_along_axis(self.others, places.others, axis=1))


class Rows(NamedTuple):
    """A sparse matrix [n_items, n_items] in compressed rows."""

    starts: npt.NDArray[np.int64]
    columns: Codes
    values: Floats


def nearest(problem: Problem, neighbours: int, shrink: float, threads: int) -> Nearest:
    """Of every item. Memory is in proportion to the pairs and to n_items * neighbours."""
    from neumf.baselines.kernels.itemknn import compare_items
    from neumf.baselines.threads import rows_in
    from neumf.compiled import frozen

    n_items, positives = problem.n_items, problem.positives
    owners = ItemSets.of(problem.items, problem.users, n_items, problem.n_users)
    result = Nearest.none(n_items, neighbours)

    def work(first: int, last: int) -> None:
        rows = np.empty((last - first, n_items), np.float32)
        compare_items(
            first,
            frozen(owners.starts),
            frozen(owners.items),
            frozen(positives.starts),
            frozen(positives.items),
            shrink,
            rows,
        )
        result.take(first, rows)

    with rows_in(threads) as for_rows:
        for_rows(n_items, work)
    return result


def scorer(problem: Problem, found: Nearest, hyperparameters: Hyperparameters) -> Scorer:
    """Row j of its weights has the items that count j among their most similar, and how much."""
    from scipy.sparse import csr_array

    n_items, room = found.others.shape
    written = np.arange(room) < found.found[:, None]
    starts = np.concatenate([[0], np.cumsum(found.found)])
    parts = found.similarities[written], found.others[written], starts
    by_neighbour = csr_array(parts, shape=(n_items, n_items)).T.tocsr()
    weights = Rows(
        by_neighbour.indptr.astype(np.int64),
        by_neighbour.indices.astype(np.int32),
        by_neighbour.data ** np.float32(hyperparameters["power"]),
    )
    return ByHistory(NeighbourhoodScorer(problem.positives, weights), problem)


class NeighbourhoodScorer:
    """Sums over what a user has."""

    def __init__(self, positives: ItemSets, rows: Rows) -> None:
        self.n_items = len(rows.starts) - 1
        self._positives, self._rows = positives, rows

    def score(self, users: Codes, items: Codes) -> Floats:
        from neumf.baselines.kernels.itemknn import add_sparse_rows
        from neumf.compiled import frozen

        scores = np.empty((len(users), items.shape[1]), np.float32)
        history, rows = self._positives, self._rows
        add_sparse_rows(
            frozen(users),
            frozen(items),
            frozen(history.starts),
            frozen(history.items),
            frozen(rows.starts),
            frozen(rows.columns),
            frozen(rows.values),
            scores,
        )
        return scores
