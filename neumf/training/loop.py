"""One training run as a generator of epochs. It does not know who is watching."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

from neumf.evaluation.ranking import rank
from neumf.hyperparameters import Configuration
from neumf.metrics import OBJECTIVE, measure
from neumf.model.parameters import Architecture, Parameters, initialise
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import Problem
from neumf.seeds import generator
from neumf.training.engines.selection import make_trainer
from neumf.training.stopping import BestEpoch

EXPLODED = 20.0
"""A mean loss from which no run recovers (a model that knows nothing has 0.69)."""


class Diverged(ArithmeticError):  # noqa: N818 - an outcome of training, not a bug
    """The loss is NaN, infinite or exploding: this configuration cannot be trained."""


@dataclass(frozen=True, eq=False)
class Epoch:
    """One epoch, trained and evaluated."""

    number: int  # from 1
    loss: float  # mean training loss
    metrics: dict[str, float]  # of the validation lists
    best: BestEpoch  # of the epochs so far, this one included
    samples: int  # trained on, negatives included
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
    """Train a NeuMF, and yield each epoch once it is trained and evaluated.

    The run ends as :meth:`neumf.training.stopping.BestEpoch.ends` says. Work is done only while the
    caller waits for the next epoch.

    Args:
        problem: training positives, and the validation lists that each epoch ranks.
        configuration: a value for every hyperparameter.
        seed: of everything random: initialisation, samples and their order, dropout. On one
            machine's CPU the same seed gives the same epochs to the last bit, alone or in parallel.
        engine: "fused", "torch", or "auto".
        device: "cpu", "cuda", "mps", or "auto", which is the CPU.
        poll: called every few tens of milliseconds of training; what it raises ends the run.

    Raises:
        Diverged: the loss is NaN, infinite, or above ``EXPLODED``.
        UserError: no such engine or device here.
    """
    parameters = initialise(
        Architecture.of(problem, configuration), generator(seed, "initialise"), configuration
    )
    trainer = make_trainer(engine, device, problem, configuration, parameters, seed)
    best = BestEpoch()
    while not best.ends(configuration):
        number = best.epochs + 1
        started = perf_counter()
        loss = trainer.train(number, configuration.batch_size, poll)
        trained = perf_counter()
        if not math.isfinite(loss) or loss > EXPLODED:
            raise Diverged(f"loss {loss:.4g} in epoch {number}")
        parameters = trainer.engine.parameters  # once: a GPU's are copied here
        metrics = measure(rank(NeuMFScorer(parameters), problem.validation))
        best = best.after(metrics[OBJECTIVE.name])
        yield Epoch(
            number,
            loss,
            metrics,
            best,
            trainer.source.size,
            trained - started,
            perf_counter() - trained,
            trainer.engine.name,
            trainer.engine.update,
            parameters,
        )
