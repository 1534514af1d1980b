"""The GMF trained apart, once for all runs that join it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import numpy as np
from filelock import FileLock, Timeout

from neumf.files import replacing
from neumf.hyperparameters import Configuration
from neumf.model.joining import join
from neumf.model.parameters import Architecture, Parameters
from neumf.seeds import derive
from neumf.training.checkpoints import Checkpoints
from neumf.training.divergence import check_loss
from neumf.training.run import TrainingRun
from neumf.training.state import State, pack_parameters, unpack_parameters

WAIT_SECONDS = 0.05
"""Between two calls of ``poll`` while another process trains the same GMF."""


@dataclass(frozen=True)
class Pretraining:
    """Where the GMF of a join comes from: trained with ``seed``, and kept in ``folder`` for later
    runs on the same problem, in this process or another. While it trains, ``checkpoints`` keep it
    for whoever trains it after an interruption."""

    seed: int
    folder: Path | None = None
    watch: Callable[[int, int], None] | None = None
    """Called when an epoch, from 1, of so many begins."""
    checkpoints: Checkpoints = field(default_factory=Checkpoints)

    def copy(self, number: int) -> Pretraining:
        """Of the GMF that is the ``number``-th, from 1, of those that are averaged."""
        seed = self.seed if number == 1 else derive(self.seed, "copy", number)
        return replace(self, seed=seed)


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A GMF, and what training it took just now: 0 samples and seconds if it was there. Waiting for
    another process that trains it is not training."""

    parameters: Parameters
    samples: int = 0
    seconds: float = 0.0
    waited: float = 0.0  # seconds

    @classmethod
    def of(cls, state: State) -> Pretrained:
        """What :meth:`state` was asked of; this run has not waited for it."""
        parameters = unpack_parameters(state.part("parameters"))
        return cls(parameters, state.facts["samples"], state.facts["seconds"])

    def state(self) -> State:
        cost = {"samples": self.samples, "seconds": self.seconds}
        return State.of(cost, parameters=pack_parameters(self.parameters))

    def averaged_with(self, one: Pretrained, number: int) -> Pretrained:
        """The mean of ``number`` GMFs, this being that of the others."""
        return Pretrained(
            join(one.parameters, self.parameters, 1 / number),
            self.samples + one.samples,
            self.seconds + one.seconds,
            self.waited + one.waited,
        )


def pretrain(
    run: TrainingRun, configuration: Configuration, copies: int, pretraining: Pretraining
) -> Pretrained:
    """The mean of ``copies`` GMFs of ``configuration``, side by side in one.

    Raises:
        Diverged: see :func:`neumf.training.loop.train`.
    """
    first, gmf = _before(run, configuration, copies, pretraining)
    for number in range(first, copies + 1):
        one = _fetch(run, configuration, pretraining.copy(number), gmf)
        gmf = one if gmf is None else gmf.averaged_with(one, number)
    assert gmf is not None
    return gmf


def _before(
    run: TrainingRun, configuration: Configuration, copies: int, pretraining: Pretraining
) -> tuple[int, Pretrained | None]:
    """The first copy still to be fetched, and the mean of those before it: a checkpoint of a copy
    has both."""
    for number in range(copies, 1, -1):
        key = _key(run, configuration, pretraining.copy(number))
        state = pretraining.checkpoints.look(key)
        if state is not None:
            return number, Pretrained.of(state.part("before"))
    return 1, None


def _key(run: TrainingRun, configuration: Configuration, pretraining: Pretraining) -> str:
    """What decides which GMF it is, on one problem."""
    return json.dumps([configuration.asdict(), pretraining.seed, run.engine, run.device])


def _fetch(
    run: TrainingRun,
    configuration: Configuration,
    pretraining: Pretraining,
    before: Pretrained | None,
) -> Pretrained:
    """One GMF from the folder, or trained and put there. Where the folder cannot be used (its disk
    is full, its owner is gone), it is trained and not kept."""
    if pretraining.folder is None:
        return _train(run, configuration, pretraining, before)
    what = _key(run, configuration, pretraining)
    key = hashlib.blake2b(what.encode(), digest_size=16).hexdigest()
    path = pretraining.folder / f"{key}.npy"
    began = perf_counter()
    with _held(FileLock(path.with_suffix(".lock")), run.poll):
        waited = perf_counter() - began
        if path.exists():
            flat = np.load(path, allow_pickle=False)
            parameters = Parameters(Architecture.of(run.problem, configuration), flat)
            return Pretrained(parameters, waited=waited)
        gmf = _train(run, configuration, pretraining, before)
        with suppress(OSError), replacing(path) as part, part.open("wb") as file:
            np.save(file, gmf.parameters.flat, allow_pickle=False)
        return replace(gmf, waited=waited)


@contextmanager
def _held(lock: FileLock, poll: Callable[[], None]) -> Iterator[None]:
    """Hold ``lock``, which another process may have for the seconds that a GMF takes. If it cannot
    be made, go on without: two processes may then train the same GMF."""
    while True:
        try:
            Path(lock.lock_file).parent.mkdir(exist_ok=True)
            lock.acquire(timeout=WAIT_SECONDS)
        except Timeout:  # an OSError too
            poll()
        except OSError:
            break
        else:
            break
    try:
        yield
    finally:
        lock.release()


def _train(
    run: TrainingRun,
    configuration: Configuration,
    pretraining: Pretraining,
    before: Pretrained | None,
) -> Pretrained:
    """Train through all epochs. The last one counts, when the learning rate has come to 0: the
    validation lists are not asked. A checkpoint has the mean of the copies ``before`` too."""
    began, done, spent = perf_counter(), 0, 0.0
    checkpoints, key = pretraining.checkpoints, _key(run, configuration, pretraining)
    trainer = run.trainer(configuration, pretraining.seed)
    state = checkpoints.take(key)
    if state is not None:
        trainer.engine.resume(state.part("engine"))
        done, spent = state.facts["epoch"], state.facts["seconds"]
        del state  # it is as large as the run
        checkpoints.say(
            f"its GMF goes on after epoch {done} of {configuration.epochs}, from a checkpoint"
        )
    for number in range(done + 1, configuration.epochs + 1):
        if pretraining.watch is not None:
            pretraining.watch(number, configuration.epochs)
        loss = trainer.train(number, configuration.batch_size, run.poll)
        check_loss(loss, number, "the GMF trained apart: ")
        if checkpoints.is_due:
            counters = {"epoch": number, "seconds": spent + perf_counter() - began}
            engine, mean = trainer.engine.state(), None if before is None else before.state()
            checkpoints.save(key, State.of(counters, engine=engine, before=mean))
    samples = trainer.source.size * configuration.epochs
    seconds = spent + perf_counter() - began
    return Pretrained(trainer.engine.parameters.copy(), samples, seconds)
