"""What items are called, where the data say so."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neumf.data.interactions import Ids
from neumf.data.movielens import CATALOGUE, fetch_titles
from neumf.data.source import DataSource

Titles = npt.NDArray[np.object_]
"""A string for each item; empty where there is no title."""


def titles(source: DataSource, item_ids: Ids) -> Titles | None:
    """The title of each item [n_items]; None if the data have none, or they cannot be fetched."""
    dataset = CATALOGUE.get(source.source)
    file = fetch_titles(dataset) if dataset else None
    if file is None:
        return None
    lines = file.read_text(encoding="utf-8").split("\n")
    known = dict(line.split("\t", 1) for line in lines if line)
    found = np.empty(len(item_ids), object)
    found[:] = [known.get(str(each), "") for each in item_ids.tolist()]
    return found
