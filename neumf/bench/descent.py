"""SGD: GMF alone as users and items grow, and a NeuMF in batches, each beside its floor.

The floor of GMF alone is the same arithmetic on a few rows, which stay in the nearest cache. That
of batches is their matrix products, and one pass over the embedding rows that each of them moves,
wherever in memory those are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neumf.arrays import Floats, Ints
from neumf.bench.floor import Floor
from neumf.bench.section import Column, Row, Section, ratio, whole
from neumf.bench.shapes import ML_1M, Shape, stand_in
from neumf.bench.timing import interleave
from neumf.compiled import frozen, jit
from neumf.data.interactions import Codes
from neumf.floating_point import arithmetic
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, initialise
from neumf.seeds import generator
from neumf.training.engines.dropout import ZERO
from neumf.training.engines.fused import FusedEngine
from neumf.training.negatives import Sampler, Samples

GMF = Configuration(optimizer="sgd", gmf_factors=128, mlp_layers=0, lr=0.01, l2=0.005, init_std=0.1)
BOTH = Configuration(
    optimizer="sgd", gmf_factors=128, predictive_factors=64, mlp_layers=1, lr=0.01, l2=0.005
)
AT_A_TURN = 1 << 18
"""Samples: tens of milliseconds."""

FEW = 8
"""Rows that stay in the nearest cache."""

COLUMNS = (
    Column("model", "model"),
    Column("shape", "shape"),
    Column("samples/s", "samples_per_s", whole),
    Column("floor", "floor_samples_per_s", whole),
    Column("time / floor", "over_floor", ratio),
)


def time_descent(shapes: Sequence[Shape], rounds: int) -> Section:
    """Samples a second without drawing them, on one thread."""
    rows = [_time("GMF 128", shape, GMF, rounds) for shape in shapes]
    rows.append(_time("GMF 128, MLP 64-32", ML_1M, BOTH, rounds))
    return Section("sgd", "SGD: one sample at a time, and batches of 256", COLUMNS, rows)


def _time(model: str, shape: Shape, h: Configuration, rounds: int) -> Row:
    problem = stand_in(shape)
    a = Architecture.of(problem, h)
    samples = next(Sampler(problem, h, 0).epoch(1)).part(slice(0, AT_A_TURN))
    engine = FusedEngine(initialise(a, generator(0, "bench"), h), h, 0)
    floor = _batches(a, h, samples) if h.mlp_layers else _nearby(h, samples)
    seconds = interleave({"sgd": lambda: engine.train([samples]), "floor": floor}, rounds)
    return {
        "model": model,
        "shape": shape.name,
        "samples_per_s": len(samples) / seconds["sgd"],
        "floor_samples_per_s": len(samples) / seconds["floor"],
        "over_floor": seconds["sgd"] / seconds["floor"],
    }


def _nearby(h: Configuration, samples: Samples) -> Callable[[], object]:
    """The same samples folded onto a few users and items."""
    few = Samples(samples.users % FEW, samples.items % FEW, samples.labels)
    a = Architecture(FEW, FEW, h.predictive_factors, h.mlp_layers, h.gmf_factors)
    engine = FusedEngine(initialise(a, generator(0, "bench"), h), h, 0)
    return lambda: engine.train([few])


def _batches(a: Architecture, h: Configuration, samples: Samples) -> Callable[[], object]:
    """The matrix products of the samples' steps, and a pass over the rows of each."""
    floor = Floor(a, h.batch_size)
    rows, ends = _rows_by_batch(a, h.batch_size, samples)
    table = np.ones((a.n_users + a.n_items, a.row_width), np.float32)
    gradient = np.zeros((2 * h.batch_size, a.row_width), np.float32)

    def run() -> None:
        floor.products(len(ends))
        with arithmetic():
            descend_rows(table, rows, ends, gradient)

    return run


def _rows_by_batch(a: Architecture, batch_size: int, samples: Samples) -> tuple[Codes, Ints]:
    """The distinct rows of one batch after another, and where each batch's end."""
    starts = range(0, len(samples), batch_size)
    parts = [samples.part(slice(start, start + batch_size)) for start in starts]
    rows = [np.unique(np.concatenate([part.users, a.n_users + part.items])) for part in parts]
    ends = np.cumsum([len(some) for some in rows])
    return frozen(np.concatenate(rows).astype(np.int32)), frozen(ends.astype(np.int64))


@jit
def descend_rows(table: Floats, rows: Codes, ends: Ints, gradient: Floats) -> None:
    """Read and write each row and its gradient."""
    start = 0
    for end in ends:
        for k in range(start, end):
            row, d_row = table[rows[k]], gradient[k - start]
            for j in range(row.size):
                row[j] -= np.float32(0.01) * d_row[j]
                d_row[j] = ZERO
        start = end
