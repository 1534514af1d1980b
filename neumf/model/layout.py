"""Where a model's parameters lie in the flat buffer, as compiled code reads it."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from neumf.arrays import Ints
from neumf.compiled import jit
from neumf.model.parameters import Architecture

S = TypeVar("S", bound=np.generic)


class Layout(NamedTuple):
    """Depth is data, not type, so one compilation serves every architecture."""

    n_users: int
    n_items: int
    gmf_width: int
    tables: int  # number of embedding parameters; the layers lie behind them
    widths: Ints  # [layers + 1] input of the first layer, then the output of each
    weights_at: Ints  # [layers] offsets into the layers
    biases_at: Ints  # [layers]
    output_at: int

    @classmethod
    def of(cls, a: Architecture) -> Layout:
        widths = np.array(a.layer_widths, np.int64)
        sizes = widths[1:] * widths[:-1]
        ends = np.cumsum(sizes + widths[1:])
        biases_at = ends - widths[1:]
        return cls(
            a.n_users,
            a.n_items,
            a.gmf_width,
            a.table_size,
            widths,
            biases_at - sizes,
            biases_at,
            int(sum(sizes + widths[1:])),
        )


@jit
def matrix(flat: npt.NDArray[S], start: int, rows: int, columns: int) -> npt.NDArray[S]:
    """A view of ``flat`` from ``start``: [rows, columns]."""
    return flat[start : start + rows * columns].reshape(rows, columns)
