"""What models do on the test split, by users and items, and what the saved one recommends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from neumf.data.interactions import Codes
from neumf.evaluation.groups import Groups
from neumf.evaluation.measurement import Way
from neumf.metrics import HEADLINE
from neumf.saved_model.reach import Reach
from studies.results.intervals import Estimate
from studies.results.measured import MeasuredModel

HIT = HEADLINE[0]
"""Whether a held-out item is among the first: what groups are compared by."""


@dataclass(frozen=True)
class Group:
    """The test lists of some users, or of some held-out items, by how many interactions these have
    in train and validation."""

    low: int  # the fewest interactions
    high: int  # the most
    members: int  # users, or items
    lists: int
    hits: dict[str, Estimate]  # by model; none where there are no lists
    ahead: dict[str, Estimate]  # of each other model the chosen one is so far


@dataclass(frozen=True)
class Behaviour:
    """What the opening's record has beside its numbers, from the same ranks and models."""

    by_activity: tuple[Group, ...]  # the least active users first
    by_popularity: tuple[Group, ...]  # the least popular items first
    reaches: dict[str, Reach]  # of the simple models' recommendations, by name
    consumed: Reach  # of train and validation
    n_items: int


@dataclass(frozen=True)
class Item:
    """As a person knows it."""

    id: int | str
    title: str  # empty where there is none


@dataclass(frozen=True)
class ShownUser:
    """One user, and what the saved model makes of what it knows of them."""

    id: int | str
    known: int  # interactions in train and validation
    latest: tuple[Item, ...]  # the last of them first
    recommended: tuple[Item, ...]  # the best first


@dataclass(frozen=True)
class Recommended:
    """What the saved model recommends."""

    reach: Reach
    users: tuple[ShownUser, ...]  # the least active first

    def as_attribute(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)


def by_group(
    groups: Groups, of_lists: Codes, models: Mapping[str, MeasuredModel], way: Way
) -> tuple[Group, ...]:
    """How often each of ``models``, the chosen one first, is right in each of ``groups``.

    Args:
        groups: of users, or of items.
        of_lists: [n] the user, or the held-out item, of each list.
        models: all measured on the same n lists.
        way: of measuring.
    """
    group_of_list = groups.of[of_lists]
    return tuple(
        _group(
            int(groups.low[k]),
            int(groups.high[k]),
            int(groups.members[k]),
            {name: model.only(group_of_list == k) for name, model in models.items()},
            way,
        )
        for k in range(len(groups.members))
    )


def _group(
    low: int, high: int, members: int, models: Mapping[str, MeasuredModel], way: Way
) -> Group:
    chosen, *others = models
    lists = len(models[chosen].users)
    if not lists:
        return Group(low, high, members, 0, {}, {})
    return Group(
        low,
        high,
        members,
        lists,
        {name: model.estimate(way, HIT) for name, model in models.items()},
        {name: models[chosen].ahead_of(models[name], way, HIT) for name in others},
    )


def behaviour_of(stored: Mapping[str, Any]) -> Behaviour:
    """From its attribute."""
    return TypeAdapter(Behaviour).validate_python(stored)


def recommended_of(stored: Mapping[str, Any]) -> Recommended:
    """From what :meth:`Recommended.as_attribute` gave."""
    return TypeAdapter(Recommended).validate_python(stored)
