"""One training run as a generator of epochs. It does not know who watches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

from neumf.evaluation.metrics import OBJECTIVE, measure
from neumf.evaluation.ranking import rank
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, Parameters, initialise
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import Problem
from neumf.seeds import derive, generator
from neumf.training.engines.interface import make, make_sampler
from neumf.training.negatives import Samples
from neumf.training.stopping import Progress

EXPLODED = 20.0
"""A mean loss above this (chance is 0.69) cannot be learnt back from."""


POLL_EVERY = 1 << 15
"""Samples between two calls of ``poll``: tens of milliseconds, but for the largest models."""


class Diverged(ArithmeticError):  # noqa: N818 - an outcome of training, not a bug
    """The loss is NaN, infinite or exploding: this configuration cannot be trained."""


@dataclass(frozen=True, eq=False)
class Epoch:
    """One epoch, trained and evaluated."""

    number: int  # from 1
    loss: float  # mean training loss
    metrics: dict[str, float]  # of the validation lists
    progress: Progress  # best epoch so far, after this one
    samples: int
    train_seconds: float
    evaluate_seconds: float
    engine: str
    update: str  # "dense" or "lazy": which embedding rows a step updated
    parameters: Parameters  # valid until the next epoch


def train(
    problem: Problem,
    configuration: Configuration,
    seed: int,
    *,
    engine: str = "auto",
    device: str = "auto",
    poll: Callable[[], None] = lambda: None,
) -> Iterator[Epoch]:
    """Train and evaluate one epoch at a time, until ``epochs`` or ``patience`` ends it.

    ``poll`` is called many times an epoch; what it raises ends the run.

    Raises:
        Diverged: the loss left the finite or the sane.
        UserError: no such engine or device.
    """
    parameters = initialise(Architecture.of(problem, configuration), generator(seed, "initialise"))
    trainer = make(engine, device, parameters, configuration, derive(seed, "dropout"))
    sampler = make_sampler(engine, device, problem, configuration, derive(seed, "samples"))
    progress = Progress()
    for number in range(1, configuration.epochs + 1):
        started = perf_counter()
        loss = trainer.train(_polled(sampler.epoch(number), configuration.batch_size, poll))
        trained = perf_counter()
        if not math.isfinite(loss) or loss > EXPLODED:
            raise Diverged(f"loss {loss:.4g} in epoch {number}")
        parameters = trainer.parameters  # once: a GPU's are copied here
        metrics = measure(rank(NeuMFScorer(parameters), problem.validation))
        progress = progress.after(metrics[OBJECTIVE.name])
        yield Epoch(
            number,
            loss,
            metrics,
            progress,
            sampler.size,
            trained - started,
            perf_counter() - trained,
            trainer.name,
            trainer.update,
            parameters,
        )
        if progress.exhausted(configuration.patience):
            return


def _polled(
    chunks: Iterator[Samples], batch_size: int, poll: Callable[[], None]
) -> Iterator[Samples]:
    """The same batches in shorter chunks, with a ``poll()`` before each."""
    length = max(1, POLL_EVERY // batch_size) * batch_size
    for chunk in chunks:
        for start in range(0, len(chunk), length):
            poll()
            yield chunk.part(slice(start, start + length))
