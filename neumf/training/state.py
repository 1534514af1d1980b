"""Where a training run stands between two epochs, as arrays and plain facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neumf.model.parameters import Architecture, Parameters

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class State:
    """All that a run needs to go on as if it had never been interrupted.

    The arrays are those that training goes on to change: whoever wants to keep them stores or
    copies them before that. The parts of a state are named ``part/array``.
    """

    arrays: Mapping[str, Array]
    facts: Mapping[str, Any]  # JSON

    @classmethod
    def of(cls, facts: Mapping[str, Any], **parts: State | None) -> State:
        """One state of several; what is None is left out."""
        there = {name: part for name, part in parts.items() if part is not None}
        arrays = {f"{p}/{name}": a for p, part in there.items() for name, a in part.arrays.items()}
        return cls(arrays, {**facts, **{p: dict(part.facts) for p, part in there.items()}})

    def part(self, name: str) -> State:
        """The part called ``name``, which must be there."""
        start = f"{name}/"
        arrays = {n.removeprefix(start): a for n, a in self.arrays.items() if n.startswith(start)}
        return State(arrays, self.facts[name])

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self.facts


def pack_parameters(parameters: Parameters) -> State:
    """A model's parameters as a state."""
    return State({"flat": parameters.flat}, asdict(parameters.architecture))


def unpack_parameters(state: State) -> Parameters:
    """A copy of what :func:`pack_parameters` was given."""
    return Parameters(Architecture(**state.facts), np.array(state.arrays["flat"]))
