"""One training run as a generator of epochs. It does not know who watches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

from neumf.engine import make, make_sampler
from neumf.evaluation import rank
from neumf.hyperparameters import Hyperparameters
from neumf.metrics import OBJECTIVE, measure
from neumf.negatives import Samples
from neumf.parameters import Architecture, Parameters, initialise
from neumf.problem import Problem
from neumf.seeds import derive, generator
from neumf.stopping import Progress

EXPLODED = 20.0
"""A mean loss above this (chance is 0.69) cannot be learnt back from."""


BREATH = 1 << 15
"""Samples between two calls of ``breathe``: tens of milliseconds, but for the largest models."""


class Diverged(ArithmeticError):  # noqa: N818 - an outcome of training, not a bug
    """The loss is NaN, infinite or exploding: this setting cannot be trained."""


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
    hyperparameters: Hyperparameters,
    seed: int,
    *,
    engine: str = "auto",
    device: str = "auto",
    breathe: Callable[[], None] = lambda: None,
) -> Iterator[Epoch]:
    """Train and evaluate one epoch at a time, until ``epochs`` or ``patience`` ends it.

    ``breathe`` is called many times an epoch; what it raises ends the run.

    Raises:
        Diverged: the loss left the finite or the sane.
        UserError: no such engine or device.
    """
    parameters = initialise(
        Architecture.of(problem, hyperparameters), generator(seed, "initialise")
    )
    trainer = make(engine, device, parameters, hyperparameters, derive(seed, "dropout"))
    sampler = make_sampler(engine, device, problem, hyperparameters, derive(seed, "samples"))
    progress = Progress()
    for number in range(1, hyperparameters.epochs + 1):
        started = perf_counter()
        loss = trainer.train(_breaths(sampler.epoch(number), hyperparameters.batch_size, breathe))
        trained = perf_counter()
        if not math.isfinite(loss) or loss > EXPLODED:
            raise Diverged(f"loss {loss:.4g} in epoch {number}")
        parameters = trainer.parameters  # once: a GPU's are copied here
        metrics = measure(rank(parameters, problem.validation))
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
        if progress.exhausted(hyperparameters.patience):
            return


def _breaths(
    chunks: Iterator[Samples], batch_size: int, breathe: Callable[[], None]
) -> Iterator[Samples]:
    """The same batches in shorter chunks, with a ``breathe()`` before each."""
    length = max(1, BREATH // batch_size) * batch_size
    for chunk in chunks:
        for start in range(0, len(chunk), length):
            breathe()
            yield chunk.part(slice(start, start + length))
