"""An engine with the source of its samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic

from neumf.training.engines.interface import ChunkT, Engine, SampleSource

POLL_EVERY = 1 << 15
"""Samples between two calls of ``poll``: tens of milliseconds, but for the largest models."""


@dataclass(frozen=True)
class Trainer(Generic[ChunkT]):
    """Trains an epoch at a time. Its type says that the engine takes what the source draws."""

    engine: Engine[ChunkT]
    source: SampleSource[ChunkT]

    def train(self, number: int, batch_size: int, poll: Callable[[], None]) -> float:
        """Train epoch ``number`` (from 1), calling ``poll`` about every ``POLL_EVERY`` samples;
        returns the mean loss a sample."""
        return self.engine.train(_polled(self.source.epoch(number), batch_size, poll))


def _polled(
    chunks: Iterator[ChunkT], batch_size: int, poll: Callable[[], None]
) -> Iterator[ChunkT]:
    """The same batches in shorter chunks, with a ``poll()`` before each."""
    length = max(1, POLL_EVERY // batch_size) * batch_size
    for chunk in chunks:
        for start in range(0, len(chunk), length):
            poll()
            yield chunk.part(slice(start, start + length))
