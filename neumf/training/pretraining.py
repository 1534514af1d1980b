"""The GMF trained apart, once for all runs that join it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np
from filelock import FileLock, Timeout

from neumf.files import replacing
from neumf.hyperparameters import Configuration
from neumf.model.joining import join
from neumf.model.parameters import Architecture, Parameters, initialise
from neumf.protocol.problem import Problem
from neumf.seeds import derive, generator
from neumf.training.divergence import check_loss
from neumf.training.engines.selection import make_trainer

WAIT_SECONDS = 0.05
"""Between two calls of ``poll`` while another process trains the same GMF."""


@dataclass(frozen=True)
class Pretraining:
    """Where the GMF of a join comes from: trained with ``seed``, and kept in ``folder`` for later
    runs on the same problem, in this process or another."""

    seed: int
    folder: Path | None = None


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A GMF, and what training it took just now: 0 samples and seconds if it was there. Waiting for
    another process that trains it is not training."""

    parameters: Parameters
    samples: int
    seconds: float = 0.0


def pretrain(
    problem: Problem,
    configuration: Configuration,
    copies: int,
    pretraining: Pretraining,
    *,
    engine: str,
    device: str,
    poll: Callable[[], None],
) -> Pretrained:
    """The mean of ``copies`` GMFs of ``configuration``, side by side in one.

    Raises:
        Diverged: see :func:`neumf.training.loop.train`.
    """
    together: Parameters | None = None
    samples, seconds = 0, 0.0
    for number in range(1, copies + 1):
        seed = pretraining.seed if number == 1 else derive(pretraining.seed, "copy", number)
        source = replace(pretraining, seed=seed)
        one = _fetch(problem, configuration, source, engine=engine, device=device, poll=poll)
        samples += one.samples
        seconds += one.seconds
        together = join(one.parameters, together, 1 / number) if together else one.parameters
    assert together is not None
    return Pretrained(together, samples, seconds)


def _fetch(
    problem: Problem,
    configuration: Configuration,
    pretraining: Pretraining,
    *,
    engine: str,
    device: str,
    poll: Callable[[], None],
) -> Pretrained:
    """Train one GMF through all of its epochs, unless the folder has it.

    The last epoch counts, when the learning rate has come to 0: the validation lists are not asked.
    """

    def trained() -> Pretrained:
        return _train(problem, configuration, pretraining.seed, engine, device, poll)

    if pretraining.folder is None:
        return trained()
    pretraining.folder.mkdir(exist_ok=True)
    what = json.dumps([configuration.asdict(), pretraining.seed, engine, device])
    key = hashlib.blake2b(what.encode(), digest_size=16).hexdigest()
    path = pretraining.folder / f"{key}.npy"
    lock = FileLock(path.with_suffix(".lock"))
    with _held(lock, poll):
        if path.exists():
            flat = np.load(path, allow_pickle=False)
            return Pretrained(Parameters(Architecture.of(problem, configuration), flat), 0)
        gmf = trained()
        with suppress(OSError), replacing(path) as part, part.open("wb") as file:
            np.save(file, gmf.parameters.flat, allow_pickle=False)  # a full disk costs only time
        return gmf


@contextmanager
def _held(lock: FileLock, poll: Callable[[], None]) -> Iterator[None]:
    """Hold ``lock``, which another process may have for the seconds that a GMF takes."""
    while True:
        try:
            lock.acquire(timeout=WAIT_SECONDS)
            break
        except Timeout:
            poll()
    try:
        yield
    finally:
        lock.release()


def _train(
    problem: Problem,
    configuration: Configuration,
    seed: int,
    engine: str,
    device: str,
    poll: Callable[[], None],
) -> Pretrained:
    began = perf_counter()
    start = initialise(
        Architecture.of(problem, configuration), generator(seed, "initialise"), configuration
    )
    trainer = make_trainer(engine, device, problem, configuration, start, seed)
    for number in range(1, configuration.epochs + 1):
        loss = trainer.train(number, configuration.batch_size, poll)
        check_loss(loss, number, "the GMF trained apart: ")
    samples = trainer.source.size * configuration.epochs
    return Pretrained(trainer.engine.parameters.copy(), samples, perf_counter() - began)
