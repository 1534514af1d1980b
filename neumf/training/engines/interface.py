"""What a training run is made of: an engine takes the steps, a sample source feeds it.

An engine owns a model's parameters and its optimiser's state. It is fed an epoch's samples and
knows nothing of negatives, evaluation or stopping.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, Self, TypeVar

from neumf.model.parameters import Parameters
from neumf.training.state import State


class Chunk(Protocol):
    """Shuffled samples, in memory or on a device."""

    def __len__(self) -> int: ...

    def part(self, where: slice) -> Self:
        """A run of the samples; views, not copies."""
        ...


ChunkT = TypeVar("ChunkT", bound=Chunk)
Chunk_contra = TypeVar("Chunk_contra", bound=Chunk, contravariant=True)
Chunk_co = TypeVar("Chunk_co", bound=Chunk, covariant=True)


class SampleSource(Protocol[Chunk_co]):
    """Draws the samples of each epoch: every positive and its negatives."""

    @property
    def size(self) -> int:
        """Samples an epoch."""
        ...

    def epoch(self, number: int) -> Iterator[Chunk_co]:
        """The samples of epoch ``number`` (from 1), a chunk at a time."""
        ...


class Engine(Protocol[Chunk_contra]):
    """Trains one NeuMF: binary cross-entropy on logits, with the configuration's optimizer."""

    @property
    def name(self) -> str: ...

    @property
    def update(self) -> str:
        """Which embedding rows a step updates: "dense" for all, "lazy" for those of its batch."""
        ...

    def train(self, chunks: Iterable[Chunk_contra]) -> float:
        """Take a step for every ``batch_size`` samples of a chunk; the mean loss a sample."""
        ...

    @property
    def parameters(self) -> Parameters:
        """The parameters as they are now, on the CPU; valid until the next ``train``."""
        ...

    def state(self) -> State:
        """Parameters, the optimiser's state and all counters; valid until the next ``train``."""
        ...

    def resume(self, state: State) -> None:
        """Go on from what an engine of the same arguments gave as its ``state``: to the last bit as
        that one would."""
        ...
