"""Models made up for tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from neumf.data.interactions import Ids
from neumf.model.parameters import Architecture, Parameters
from neumf.protocol.problem import ItemSets
from neumf.saved_model.contents import SavedModel
from neumf.seeds import generator
from tests.worlds import ARCHITECTURES

SMALL = Architecture(n_users=3, n_items=4, predictive_factors=4, mlp_layers=1)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3)
    ),
    max_leaves=8,
)
FACTS = st.dictionaries(st.text(), JSON, max_size=4)


def objects(values: list[Any]) -> Ids:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def ids(n: int) -> st.SearchStrategy[Ids]:
    """n distinct ids, whole numbers or strings of any kind."""
    numbers = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=n, max_size=n, unique=True)
    texts = st.lists(st.text(st.characters(), max_size=5), min_size=n, max_size=n, unique=True)
    return numbers.map(lambda values: np.array(values, np.int64)) | texts.map(objects)


def random_model(
    architecture: Architecture, seed: int = 0, density: float = 0.3, **fields: Any
) -> SavedModel:
    """Parameters of unit size, each pair seen with probability ``density``."""
    a, random = architecture, generator(seed, "model")
    flat = random.normal(size=a.size).astype(np.float32)
    users, items = np.nonzero(random.random((a.n_users, a.n_items)) < density)
    seen = ItemSets.of(users.astype(np.int32), items.astype(np.int32), a.n_users, a.n_items)
    given = {"user_ids": np.arange(1, a.n_users + 1), "item_ids": 10 * np.arange(a.n_items)}
    return SavedModel("made up", Parameters(a, flat), seen=seen, **(given | fields))


@st.composite
def models(draw: st.DrawFn) -> SavedModel:
    """Of any architecture, with ids, titles and facts of any kind."""
    architecture = draw(ARCHITECTURES)
    n_items = architecture.n_items
    some = st.lists(st.text(max_size=5), min_size=n_items, max_size=n_items).map(objects)
    return random_model(
        architecture,
        draw(st.integers(0, 99)),
        draw(st.sampled_from([0.0, 0.3, 1.0])),
        user_ids=draw(ids(architecture.n_users)),
        item_ids=draw(ids(n_items)),
        titles=draw(st.none() | some),
        facts=draw(FACTS),
    )
