"""Item-kNN: an item scores by how similar it is to what the user has.

Similarity is the cosine of the items' users, shrunk where few users speak for it, to a power that
lets close neighbours count for more: (n_ij / (sqrt(n_i n_j) + shrink)) ** power. An item counts its
most similar ones only.
"""

from __future__ import annotations

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
        rows = neighbourhoods(problem, neighbours, shrink, threads)
        weights = rows._replace(values=rows.values ** np.float32(hyperparameters["power"]))
        return ByHistory(NeighbourhoodScorer(problem.positives, weights), problem)


class Rows(NamedTuple):
    """A sparse matrix [n_items, n_items] in compressed rows."""

    starts: npt.NDArray[np.int64]
    columns: Codes
    values: Floats


def neighbourhoods(problem: Problem, neighbours: int, shrink: float, threads: int) -> Rows:
    """Row j has the items that count j among their ``neighbours`` most similar, and how similar
    they are. Memory is in proportion to the pairs and to n_items * neighbours."""
    from scipy.sparse import csr_array

    from neumf.baselines.kernels.itemknn import compare_items, keep_nearest
    from neumf.baselines.threads import rows_in
    from neumf.compiled import frozen

    n_items, positives = problem.n_items, problem.positives
    owners = ItemSets.of(problem.items, problem.users, n_items, problem.n_users)
    room = max(1, min(neighbours, n_items - 1))
    others = np.empty((n_items, room), np.int32)
    similarities = np.empty((n_items, room), np.float32)
    found = np.zeros(n_items, np.int64)

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
        least = np.partition(rows, n_items - room, axis=1)[:, n_items - room]
        keep_nearest(first, rows, frozen(least), others, similarities, found)

    with rows_in(threads) as for_rows:
        for_rows(n_items, work)
    written = np.arange(room) < found[:, None]
    starts = np.concatenate([[0], np.cumsum(found)])
    by_item = csr_array((similarities[written], others[written], starts), shape=(n_items, n_items))
    by_neighbour = by_item.T.tocsr()
    return Rows(
        by_neighbour.indptr.astype(np.int64),
        by_neighbour.indices.astype(np.int32),
        by_neighbour.data,
    )


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
