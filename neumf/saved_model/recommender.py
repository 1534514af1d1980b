"""A saved model in use: what to recommend to whom, and which items are alike."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neumf.arrays import Floats, Ints
from neumf.data.interactions import Codes, Ids
from neumf.data.titles import Titles, read_titles
from neumf.errors import UserError
from neumf.model.catalogue_scorer import CatalogueScorer
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import NO_ITEM, ItemSets
from neumf.saved_model.contents import SavedModel
from neumf.saved_model.folder import read, write
from neumf.saved_model.ids import UNKNOWN, IdMap, as_list
from neumf.saved_model.parallel import in_order
from neumf.saved_model.similarity import similarities
from neumf.saved_model.top import top

if TYPE_CHECKING:
    import pandas as pd

    from neumf.model.torch_module import NeuMF

BLOCK = 1 << 20
"""Scores held at a time: 4 MB."""


@dataclass(frozen=True, eq=False)
class TopItems:
    """A table: one row for each item in someone's list, list after list, best first."""

    of: Ids  # [n] the user, or the item, whose list it is
    ranks: Ints  # [n] from 1 in every list
    items: Ids  # [n]
    scores: Floats  # [n]
    titles: Titles | None = None  # [n]

    def __len__(self) -> int:
        return len(self.items)

    def frame(self, of: str = "user") -> pd.DataFrame:
        """As a DataFrame, its first column called ``of``."""
        import pandas as pd

        return pd.DataFrame(self.columns(of))

    def columns(self, of: str = "user") -> dict[str, Any]:
        """The columns by name, titles if there are any."""
        columns: dict[str, Any] = {
            of: self.of,
            "rank": self.ranks,
            "item": self.items,
            "score": self.scores,
        }
        return columns if self.titles is None else columns | {"title": self.titles}


class Recommender:
    """A model that answers in the person's own ids.

    One id or any sequence of them may be asked for: a list, an array, a column of a DataFrame.
    Several threads may ask at the same time.

    A score is a logit: the higher, the better the item suits the user. It orders items, and is no
    probability.
    """

    def __init__(self, model: SavedModel) -> None:
        self.model = model
        self.users = IdMap("user", model.user_ids)
        self.items = IdMap("item", model.item_ids)

    def __repr__(self) -> str:
        m = self.model
        return f"<NeuMF of {m.name}: {len(m.user_ids):,} users, {len(m.item_ids):,} items>"

    @classmethod
    def load(cls, folder: Path | str, titles: Path | str | None = None) -> Recommender:
        """The model in ``folder``; see :func:`neumf.saved_model.folder.read`. ``titles``: a file
        of them, in the place of those saved; see :func:`neumf.data.titles.read_titles`."""
        model = read(folder)
        if titles is not None:
            model = replace(model, titles=read_titles(Path(titles), model.item_ids))
        return cls(model)

    def save(self, folder: Path | str) -> None:
        """Write the model; see :func:`neumf.saved_model.folder.save`."""
        write(Path(folder), self.model)

    @property
    def facts(self) -> dict[str, Any]:
        """How the model was made and how good it is."""
        return self.model.facts

    @property
    def user_ids(self) -> Ids:
        return self.model.user_ids

    @property
    def item_ids(self) -> Ids:
        return self.model.item_ids

    def recommend(self, users: Any, k: int = 10, *, fallback: bool = False) -> TopItems:
        """The ``k`` best items that each user has not seen; fewer if that is all there are.

        Items of equal score come in the order of :attr:`item_ids`.

        Args:
            users: one id or several.
            k: how many items a user, at least 1.
            fallback: give an unknown user what most users have seen, most first; the score is
                then the number of them.

        Raises:
            UserError: an unknown user without ``fallback``, or k below 1.
        """
        asked = as_list(users)
        codes = self.users.find(asked)
        if not fallback and (codes == UNKNOWN).any():
            unknown = self.users.unknown(asked[int(np.argmax(codes == UNKNOWN))])
            raise UserError(f"{unknown}; with fallback, unknown users get what is popular")
        items, scores = self._recommend(codes, _at_least_1(k))
        return self._table(_ids_of(asked), items, scores)

    def recommend_all(self, k: int = 10) -> Iterator[TopItems]:
        """:meth:`recommend` for every user, a block of users at a time, on all processors."""
        everyone = np.arange(len(self.user_ids), dtype=np.int32)
        for users, items, scores in self._blocks(everyone, _at_least_1(k)):
            yield self._table(self.user_ids[users], items, scores)

    def count_all(self, k: int = 10) -> Ints:
        """How many users' lists of :meth:`recommend_all` have each of :attr:`item_ids`."""
        everyone, n_items = np.arange(len(self.user_ids), dtype=np.int32), len(self.item_ids)
        times = np.zeros(n_items, np.int64)
        for _, items, _ in self._blocks(everyone, _at_least_1(k)):
            times += np.bincount(items[items != NO_ITEM], minlength=n_items)
        return times

    def score(self, users: Any, items: Any) -> Floats:
        """Scores of pairs. Users and items are broadcast as NumPy does: one user and n items give
        [n], n users and n items in pairs [n], a column of users and a row of items the matrix.

        Raises:
            UserError: an unknown user or item, or shapes that do not go together.
        """
        coded = self._coded(self.users, users), self._coded(self.items, items)
        try:
            users, items = np.broadcast_arrays(*coded)
        except ValueError:
            raise UserError(
                f"users of shape {coded[0].shape} and items of shape {coded[1].shape} make no pairs"
            ) from None
        scorer = self._scorer.for_another_thread()
        flat_users, flat_items = users.reshape(-1), items.reshape(-1, 1)
        scores = np.empty(users.size, np.float32)
        for start in range(0, users.size, BLOCK):
            part = slice(start, start + BLOCK)
            scores[part] = scorer.score(flat_users[part], flat_items[part])[:, 0]
        return scores.reshape(users.shape)

    def similar(self, items: Any, k: int = 10) -> TopItems:
        """The ``k`` items most like each; see :mod:`neumf.saved_model.similarity`.

        Raises:
            UserError: an unknown item, or k below 1.
        """
        asked = as_list(items)
        codes = self.items.codes(asked)
        itself = ItemSets(np.arange(len(codes) + 1), codes)
        scorer = self._catalogue_scorer.for_another_thread()
        alike = similarities(scorer.score, codes, len(self.user_ids))
        lists = top(alike, np.arange(len(codes), dtype=np.int32), itself, _at_least_1(k))
        return self._table(_ids_of(asked), *lists)

    def to_torch(self) -> NeuMF:
        """The same model as a PyTorch module that takes codes: positions in :attr:`user_ids` and
        :attr:`item_ids`."""
        from neumf.model.torch_module import NeuMF

        module = NeuMF(self.model.parameters.architecture).eval()
        module.load(self.model.parameters)
        return module

    @cached_property
    def _scorer(self) -> NeuMFScorer:
        return NeuMFScorer(self.model.parameters)

    @cached_property
    def _popularity(self) -> Floats:
        seen = np.bincount(self.model.seen.items, minlength=len(self.item_ids))
        return seen.astype(np.float32)

    def _recommend(self, users: Codes, k: int) -> tuple[Codes, Floats]:
        """Lists [n, k], of what is popular where the user is unknown."""
        known = users != UNKNOWN
        width = min(k, len(self.item_ids))
        items = np.full((len(users), width), NO_ITEM, np.int32)
        scores = np.zeros((len(users), width), np.float32)
        blocks = list(self._blocks(users[known], k))
        if blocks:
            items[known] = np.concatenate([items for _, items, _ in blocks])
            scores[known] = np.concatenate([scores for _, _, scores in blocks])
        if not known.all():
            nobody = np.zeros(1, np.int32), ItemSets(np.zeros(2, np.int64), np.empty(0, np.int32))
            items[~known], scores[~known] = top(self._popularity[None], *nobody, k)
        return items, scores

    def _blocks(self, users: Codes, k: int) -> Iterator[tuple[Codes, Codes, Floats]]:
        """Blocks of users with their lists, in order, computed on all processors."""
        size = max(1, BLOCK // len(self.item_ids))
        parts = [users[start : start + size] for start in range(0, len(users), size)]
        mine = threading.local()

        def lists(part: Codes) -> tuple[Codes, Codes, Floats]:
            if not hasattr(mine, "scorer"):
                mine.scorer = self._catalogue_scorer.for_another_thread()
            return part, *top(mine.scorer.score(part), part, self.model.seen, k)

        if len(parts) <= 1:
            yield from map(lists, parts)
        else:
            yield from in_order(lists, parts)

    @cached_property
    def _catalogue_scorer(self) -> CatalogueScorer:
        return CatalogueScorer(self.model.parameters)

    def _coded(self, ids: IdMap, given: Any) -> Codes:
        shape = np.shape(given)
        flat = np.asarray(given, object).reshape(-1) if shape else [given]
        return ids.codes(as_list(flat)).reshape(shape)

    def _table(self, of: Ids, items: Codes, scores: Floats) -> TopItems:
        """The lists [n, k] of n ids, one row an item."""
        lists, ranks = np.nonzero(items != NO_ITEM)
        codes = items[lists, ranks]
        titles = self.model.titles
        return TopItems(
            of[lists],
            ranks + 1,
            self.item_ids[codes],
            scores[lists, ranks],
            None if titles is None else titles[codes],
        )


def _ids_of(asked: list[Any]) -> Ids:
    """int64 if all are whole numbers that fit, else what they are."""
    if all(isinstance(each, int) and abs(each) < 2**63 for each in asked):
        return np.array(asked, np.int64)
    ids = np.empty(len(asked), object)
    ids[:] = asked
    return ids


def _at_least_1(k: int) -> int:
    if k < 1:
        raise UserError(f"k = {k}: must be at least 1")
    return k
