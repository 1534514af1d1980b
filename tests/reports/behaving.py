"""What made-up models do: groups of test lists, and what everybody is recommended."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from neumf.evaluation.groups import Counts
from neumf.evaluation.measurement import Way
from neumf.saved_model.reach import TOP, reach
from neumf.seeds import generator
from studies.results.behaviour import Behaviour, Item, Recommended, ShownUser, by_group
from studies.results.measured import MeasuredModel


def learnt(n_users: int, n_items: int) -> Counts:
    """A few users and items have most interactions."""
    random = generator(0, "interactions")
    users = 3 + random.geometric(0.02, n_users)
    items = np.floor(users.sum() / (5 + np.arange(n_items)) / 6).astype(np.int64)
    return Counts(users, items)


def behaviour(models: Mapping[str, MeasuredModel], way: Way, n_items: int) -> Behaviour:
    """Of ``models``, the chosen one first; the later ones keep less to what is popular."""
    (_, first), *others = models.items()
    counts = learnt(len(first.users), n_items)
    held_out = generator(0, "held out").choice(n_items, len(first.users), p=_parts(counts.items))
    return Behaviour(
        by_group(counts.activity, first.users.astype(np.int32), models, way),
        by_group(counts.popularity, held_out.astype(np.int32), models, way),
        {
            name: reach(counts.items ** (4 - place) // 10 ** (3 * (3 - place)), counts)
            for place, (name, _) in enumerate(others)
        },
        reach(counts.items, counts),
        n_items,
    )


def recommended(n_users: int, n_items: int, title: str = "") -> Recommended:
    """With ``title`` in the place of every other one; the most active user has met everything."""
    counts = learnt(n_users, n_items)
    users = tuple(
        ShownUser(
            f"{title or 'user'}-{k}",
            20 * k * k,
            tuple(Item(n, title or _TITLES[n % 7]) for n in range(min(TOP, 20 * k * k))),
            () if k == 5 else tuple(Item(50 + n, title if n % 2 else "") for n in range(TOP)),
        )
        for k in range(1, 6)
    )
    return Recommended(reach(counts.items**2 // 500, counts), users)


_TITLES = (
    "A Short Walk (1996)",
    "The Long Title of a Film That Was Shown in Three Cities and Forgotten in All of Them (1987)",
    "Up & Down (1994)",
    "Ödön (1971)",
    "M (1931)",
    "Donaudampfschifffahrtsgesellschaftskapitän (1958)",
    "Nothing (2003)",
)


def _parts(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.asarray(counts / counts.sum())
