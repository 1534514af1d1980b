"""Interactions of a given size, made up, as a file that anybody might have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from neumf.bench.shapes import Shape, stand_in
from neumf.seeds import generator

FIRST, LAST = 1_000_000_000, 1_500_000_000
"""Seconds since 1970."""


def write_plays(shape: Shape, path: Path) -> None:
    """A CSV of ``shape``'s interactions in any order, at any time: who takes what depends on what
    is popular alone, so models have little to learn, but as much to do as with real ones."""
    random = generator(0, "plays", shape.name)
    problem = stand_in(shape)
    order = random.permutation(shape.n_interactions)
    times = random.integers(FIRST, LAST, shape.n_interactions)
    columns = {"user": problem.users[order], "item": problem.items[order], "timestamp": times}
    csv.write_csv(pa.table({name: np.ascontiguousarray(c) for name, c in columns.items()}), path)
