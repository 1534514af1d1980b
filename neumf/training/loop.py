"""One training run as a generator of epochs. It does not know who is watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter

from neumf.hyperparameters import Configuration
from neumf.metrics import OBJECTIVE
from neumf.model.parameters import Architecture, Parameters
from neumf.protocol.problem import Problem
from neumf.seeds import derive
from neumf.training.divergence import check_loss
from neumf.training.joining import Alone, Evaluate, Joined
from neumf.training.pretraining import Pretraining, pretrain
from neumf.training.run import TrainingRun
from neumf.training.stopping import BestEpoch


@dataclass(frozen=True, eq=False)
class Epoch:
    """One epoch, trained and evaluated."""

    number: int  # from 1
    loss: float  # mean training loss
    metrics: dict[str, float]  # of the validation lists; empty where there are none
    best: BestEpoch  # of the epochs so far, this one included
    samples: int  # trained on, negatives included
    train_seconds: float
    evaluate_seconds: float
    engine: str
    update: str  # "dense" or "lazy": which embedding rows a step updated
    architecture: Architecture  # of the whole model
    make_parameters: Callable[[], Parameters]
    alpha: float = 0.0  # the weight of the GMF that is joined
    pretrained: str | None = None  # "trained" for this run, or "reused" from another; None: no GMF
    waited_seconds: float = 0.0  # for another run that trained the GMF

    @cached_property
    def parameters(self) -> Parameters:
        """Of the whole model. To be asked for before the next epoch, and valid until then."""
        return self.make_parameters()


def train(
    problem: Problem,
    configuration: Configuration,
    seed: int,
    *,
    engine: str = "auto",
    device: str = "auto",
    poll: Callable[[], None] = lambda: None,
    pretraining: Pretraining | None = None,
) -> Iterator[Epoch]:
    """Train a NeuMF, and yield each epoch once it is trained and evaluated.

    Where the configuration has an ``alpha``, a GMF is trained first, and each epoch's metrics are
    those of the two joined; its cost is in the first epoch's. Then follow the ``tuning_epochs``.

    The run ends as :meth:`neumf.training.stopping.BestEpoch.ends` says. Work is done only while the
    caller waits for the next epoch.

    Args:
        problem: training positives, and the validation lists that each epoch ranks. Without any,
            metrics are 0 and the last epoch is the best; an ``alpha`` must then be given.
        configuration: a value for every hyperparameter.
        seed: of everything random: initialisation, samples and their order, dropout. On one
            machine's CPU the same seed gives the same epochs to the last bit, alone or in parallel.
        engine: "fused", "torch", or "auto".
        device: "cpu", "cuda", "mps", or "auto", which is the CPU.
        poll: called every few tens of milliseconds of training; what it raises ends the run.
        pretraining: where the GMF comes from; by default trained with a seed derived from ``seed``.

    Raises:
        Diverged: the loss is NaN, infinite, or exploding.
        UserError: no such engine or device here.
    """
    run = TrainingRun(problem, engine, device, poll)
    if configuration.is_joined:
        source = pretraining or Pretraining(derive(seed, "pretrained"))
        yield from _train_joined(run, configuration, seed, source)
    else:
        yield from _epochs(run, configuration, seed, Alone(problem.validation))


def _train_joined(
    run: TrainingRun, configuration: Configuration, seed: int, source: Pretraining
) -> Iterator[Epoch]:
    """The GMF, the model beside it, and then both together if that is asked for."""
    lists = run.problem.validation
    gmf = pretrain(run, configuration.pretrained, configuration.pretrained_copies, source)
    how = "trained" if gmf.samples else "reused"
    joined = Joined(lists, gmf.parameters, configuration.alpha)
    best, best_parameters, alpha = BestEpoch(), gmf.parameters, 0.0
    for epoch in _epochs(run, configuration.own, seed, joined):
        is_first, best = epoch.number == 1, epoch.best
        if best.is_latest and configuration.tuning_epochs:
            best_parameters, alpha = epoch.parameters, epoch.alpha
        yield replace(
            epoch,
            samples=epoch.samples + is_first * gmf.samples,
            train_seconds=epoch.train_seconds + is_first * gmf.seconds,
            waited_seconds=is_first * gmf.waited,
            pretrained=how,
        )
    if configuration.tuning_epochs:
        tuned, tuning_seed = Alone(lists, alpha), derive(seed, "tuning")
        for epoch in _epochs(run, configuration.tuning, tuning_seed, tuned, best_parameters, best):
            yield replace(epoch, pretrained=how)


def _epochs(
    run: TrainingRun,
    configuration: Configuration,
    seed: int,
    evaluate: Evaluate,
    start: Parameters | None = None,
    best: BestEpoch | None = None,
) -> Iterator[Epoch]:
    """Train one model from ``start``, or new; its epochs go on from those of ``best``."""
    trainer = run.trainer(configuration, seed, start)
    mine, best = BestEpoch(), best or BestEpoch()
    while not mine.ends(configuration):
        started = perf_counter()
        loss = trainer.train(mine.epochs + 1, configuration.batch_size, run.poll)
        trained = perf_counter()
        check_loss(loss, best.epochs + 1)
        evaluated = evaluate(trainer.engine.parameters)  # once: a GPU's are copied here
        metrics = evaluated.metrics if len(run.problem.validation) else {}
        value = metrics.get(OBJECTIVE.name)
        mine, best = mine.after(value), best.after(value)
        yield Epoch(
            best.epochs,
            loss,
            metrics,
            best,
            trainer.source.size,
            trained - started,
            perf_counter() - trained,
            trainer.engine.name,
            trainer.engine.update,
            evaluated.architecture,
            evaluated.make_parameters,
            evaluated.alpha,
        )
