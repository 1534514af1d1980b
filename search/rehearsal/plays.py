"""Interactions of a given size, made up, as a file that anybody might have."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from neumf.bench.shapes import Shape, stand_in
from neumf.errors import UserError
from neumf.seeds import generator

FIRST, LAST = 1_000_000_000, 1_500_000_000
"""Seconds since 1970."""


def write_plays(shape: Shape, path: Path) -> None:
    """A CSV of ``shape``'s interactions in any order, at any time: who takes what depends on what
    is popular alone, so models have little to learn, but as much to do as with real ones.

    Raises:
        UserError: the size cannot be made up, or there is no room for it.
    """
    random = generator(0, "plays", shape.name)
    problem = stand_in(shape)
    order = random.permutation(shape.n_interactions)
    times = random.integers(FIRST, LAST, shape.n_interactions)
    columns = {"user": problem.users[order], "item": problem.items[order], "timestamp": times}
    table = pa.table({name: np.ascontiguousarray(column) for name, column in columns.items()})
    try:
        csv.write_csv(table, path)
    except OSError as error:  # PyArrow's says where, but neither in its fields nor what to do
        reason = os.strerror(error.errno) if error.errno else error
        raise UserError(
            f"{path}: cannot be written ({reason}); set TMPDIR to a folder with room"
        ) from None
