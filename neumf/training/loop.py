"""One training run as a generator of epochs. It does not know who is watching."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from time import perf_counter
from typing import Any

from neumf.hyperparameters import Configuration
from neumf.metrics import OBJECTIVE
from neumf.model.parameters import Architecture, Parameters
from neumf.protocol.problem import Problem
from neumf.seeds import derive
from neumf.training.divergence import check_loss
from neumf.training.engines.selection import resolve
from neumf.training.joining import Alone, Evaluate, Joined
from neumf.training.pretraining import Pretrained, Pretraining, pretrain
from neumf.training.run import TrainingRun
from neumf.training.state import State, pack_parameters, unpack_parameters
from neumf.training.stopping import BestEpoch
from neumf.training.trainer import Trainer


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
    state: Callable[[], State]  # of the run; to be asked for before the next epoch
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
    resume: State | None = None,
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
        resume: the ``state`` of an epoch of this very run, in another process maybe: the epochs
            after that one are yielded, the same to the last bit.

    Raises:
        Diverged: the loss is NaN, infinite, or exploding.
        UserError: no such engine or device here.
    """
    run = TrainingRun(problem, *resolve(engine, device), poll)
    if configuration.is_joined:
        source = pretraining or Pretraining(derive(seed, "pretrained"))
        return _train_joined(run, configuration, seed, source, resume)
    return _epochs(run, configuration, seed, Alone(problem.validation), resume=resume)


def _train_joined(
    run: TrainingRun,
    configuration: Configuration,
    seed: int,
    source: Pretraining,
    resume: State | None,
) -> Iterator[Epoch]:
    """The GMF, the model beside it, and then both together if that is asked for."""
    of_tuning: State | None = None
    if resume is None or resume.has("gmf"):
        beside = _train_beside(run, configuration, seed, source, resume)
        del resume  # see _epochs
        best = yield from beside
    else:
        best = _BestJoin(resume.facts["pretrained"], resume.facts["alpha"])
        of_tuning = resume.part("run")
        del resume
    if not configuration.tuning_epochs:
        return
    seed, evaluate = derive(seed, "tuning"), Alone(run.problem.validation, best.alpha)
    epochs = _epochs(
        run, configuration.tuning, seed, evaluate, best.parameters, best.epoch, of_tuning
    )
    del of_tuning
    for epoch in epochs:
        state = partial(_joined_state, epoch, best)
        yield replace(epoch, pretrained=best.pretrained, state=state)


@dataclass(frozen=True, eq=False)
class _BestJoin:
    """Where the two are trained together from: the join of the best epoch so far."""

    pretrained: str
    alpha: float = 0.0
    epoch: BestEpoch | None = None
    parameters: Parameters | None = None  # kept only if the two are going to be


def _train_beside(
    run: TrainingRun,
    configuration: Configuration,
    seed: int,
    source: Pretraining,
    resume: State | None,
) -> Generator[Epoch, None, _BestJoin]:
    """The GMF, and the model beside it."""
    if resume is None:
        gmf = pretrain(run, configuration.pretrained, configuration.pretrained_copies, source)
        best, of_own = _BestJoin("trained" if gmf.samples else "reused"), None
    else:
        gmf, of_own = Pretrained.of(resume.part("gmf")), resume.part("run")
        best = _BestJoin(
            resume.facts["pretrained"],
            resume.facts["alpha"],
            BestEpoch(**of_own.facts["best"]),
            unpack_parameters(resume.part("best")) if resume.has("best") else None,
        )
    evaluate = Joined(run.problem.validation, gmf.parameters, configuration.alpha)
    epochs = _epochs(run, configuration.own, seed, evaluate, resume=of_own)
    del resume, of_own
    for epoch in epochs:
        best = replace(best, epoch=epoch.best)
        if epoch.best.is_latest and configuration.tuning_epochs:
            best = replace(best, alpha=epoch.alpha, parameters=epoch.parameters)
        is_first = epoch.number == 1
        yield replace(
            epoch,
            samples=epoch.samples + is_first * gmf.samples,
            train_seconds=epoch.train_seconds + is_first * gmf.seconds,
            waited_seconds=is_first * gmf.waited,
            pretrained=best.pretrained,
            state=partial(_joined_state, epoch, best, gmf),
        )
    return best


def _joined_state(epoch: Epoch, best: _BestJoin, gmf: Pretrained | None = None) -> State:
    """Of a joined run after ``epoch``; without ``gmf`` once the two are trained together."""
    return State.of(
        {"pretrained": best.pretrained, "alpha": best.alpha},
        run=epoch.state(),
        gmf=None if gmf is None else gmf.state(),
        best=None if gmf is None or best.parameters is None else pack_parameters(best.parameters),
    )


def _epochs(
    run: TrainingRun,
    configuration: Configuration,
    seed: int,
    evaluate: Evaluate,
    start: Parameters | None = None,
    best: BestEpoch | None = None,
    resume: State | None = None,
) -> Iterator[Epoch]:
    """Train one model from ``start``, or new; its epochs go on from those of ``best``.

    Whoever hands over a state to ``resume`` from lets go of it: it is as large as the run.
    """
    trainer = run.trainer(configuration, seed, start)
    mine, best = BestEpoch(), best or BestEpoch()
    if resume is not None:
        trainer.engine.resume(resume.part("engine"))
        mine, best = (BestEpoch(**resume.facts[name]) for name in ("mine", "best"))
        del resume
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
            partial(_state, trainer, mine, best),
            evaluated.alpha,
        )


def _state(trainer: Trainer[Any], mine: BestEpoch, best: BestEpoch) -> State:
    """Of one model's run."""
    counters = {"mine": asdict(mine), "best": asdict(best)}
    return State.of(counters, engine=trainer.engine.state())
