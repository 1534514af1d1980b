"""What models do beside their metrics: for whom they are right, and what they recommend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neumf.arrays import Ints
from neumf.data.interactions import Codes, Ids
from neumf.data.titles import Titles
from neumf.evaluation.groups import Counts
from neumf.evaluation.measurement import Way
from neumf.evaluation.scoring import Scorer
from neumf.protocol.measured_lists import MeasuredLists
from neumf.saved_model.contents import all_seen
from neumf.saved_model.reach import TOP, Reach, reach, times_recommended
from search.work import Work
from studies.results.behaviour import Behaviour, Item, Recommended, ShownUser, by_group
from studies.results.measured import MeasuredModel

if TYPE_CHECKING:
    from neumf.saved_model.recommender import Recommender

SHOWN = 5
"""Users whose lists are told: the least and the most active one, and those evenly between."""


class Watch:
    """Looks at models while the test split is opened: afterwards they are gone."""

    def __init__(self, work: Work) -> None:
        self._learnt = _learnt(work)
        self._seen = all_seen(work.data.interactions)
        self._reaches: dict[str, Reach] = {}

    def look(self, name: str, scorer: Scorer) -> None:
        """At what a simple model recommends."""
        self._reaches[name] = reach(times_recommended(scorer, self._seen), self._learnt)

    def behaviour(
        self, models: Mapping[str, MeasuredModel], lists: MeasuredLists, way: Way
    ) -> Behaviour:
        """Of ``models``, the chosen one first, as they were measured on ``lists``."""
        learnt, ranked = self._learnt, lists.catalogue
        return Behaviour(
            by_group(learnt.activity, ranked.users, models, way),
            by_group(learnt.popularity, ranked.items[:, 0], models, way),
            self._reaches,
            reach(learnt.items, learnt),
            len(learnt.items),
        )


def recommended(work: Work, folder: Path) -> Recommended:
    """By the model saved in ``folder``, without what a user has met in any part of the data.

    Raises:
        UserError: the model cannot be read.
    """
    from neumf.saved_model.recommender import Recommender

    model, learnt = Recommender.load(folder), _learnt(work)
    return Recommended(
        reach(model.count_all(TOP), learnt),
        tuple(_shown(work, model, user) for user in evenly(learnt.users).tolist()),
    )


def evenly(interactions: Ints) -> Ints:
    """The users, of those with any ``interactions`` [n_users], who are the least and the most
    active, and those evenly between; fewer of few."""
    known = np.flatnonzero(interactions)
    order = known[np.argsort(interactions[known], kind="stable")]
    return order[np.unique(np.arange(SHOWN) * (len(order) - 1) // (SHOWN - 1))]


def _learnt(work: Work) -> Counts:
    """Of train and validation, on which the models that are tested and saved are trained."""
    data = work.data
    return Counts.of(data.parts.before_test, data.interactions.n_users, data.interactions.n_items)


def _shown(work: Work, model: Recommender, user: int) -> ShownUser:
    known, titles = _history(work, user), model.model.titles
    latest = known[:TOP]
    (name,) = model.user_ids[user : user + 1].tolist()
    best = model.recommend(name, TOP)
    return ShownUser(
        name,
        len(known),
        _items(model.item_ids[latest], None if titles is None else titles[latest]),
        _items(best.items, best.titles),
    )


def _history(work: Work, user: int) -> Codes:
    """The user's items of train and validation, the last one first."""
    data, before = work.data.interactions, work.data.parts.before_test
    rows = np.flatnonzero(data.users == user)
    rows = rows[np.argsort(data.times[rows], kind="stable")][::-1]
    return data.items[rows][np.isin(data.items[rows], before.items[before.users == user])]


def _items(ids: Ids, titles: Titles | None) -> tuple[Item, ...]:
    told = [""] * len(ids) if titles is None else titles.tolist()
    return tuple(Item(*one) for one in zip(ids.tolist(), told, strict=True))
