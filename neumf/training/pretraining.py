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
from neumf.model.parameters import Architecture, Parameters
from neumf.seeds import derive
from neumf.training.divergence import check_loss
from neumf.training.run import TrainingRun

WAIT_SECONDS = 0.05
"""Between two calls of ``poll`` while another process trains the same GMF."""


@dataclass(frozen=True)
class Pretraining:
    """Where the GMF of a join comes from: trained with ``seed``, and kept in ``folder`` for later
    runs on the same problem, in this process or another."""

    seed: int
    folder: Path | None = None
    watch: Callable[[int, int], None] | None = None
    """Called when an epoch, from 1, of so many begins."""


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A GMF, and what training it took just now: 0 samples and seconds if it was there. Waiting for
    another process that trains it is not training."""

    parameters: Parameters
    samples: int = 0
    seconds: float = 0.0
    waited: float = 0.0  # seconds


def pretrain(
    run: TrainingRun, configuration: Configuration, copies: int, pretraining: Pretraining
) -> Pretrained:
    """The mean of ``copies`` GMFs of ``configuration``, side by side in one.

    Raises:
        Diverged: see :func:`neumf.training.loop.train`.
    """
    gmf = _fetch(run, configuration, pretraining)
    for number in range(2, copies + 1):
        seed = derive(pretraining.seed, "copy", number)
        one = _fetch(run, configuration, replace(pretraining, seed=seed))
        gmf = Pretrained(
            join(one.parameters, gmf.parameters, 1 / number),
            gmf.samples + one.samples,
            gmf.seconds + one.seconds,
            gmf.waited + one.waited,
        )
    return gmf


def _fetch(run: TrainingRun, configuration: Configuration, pretraining: Pretraining) -> Pretrained:
    """One GMF from the folder, or trained and put there. Where the folder cannot be used (its disk
    is full, its owner is gone), it is trained and not kept."""
    if pretraining.folder is None:
        return _train(run, configuration, pretraining)
    what = json.dumps([configuration.asdict(), pretraining.seed, run.engine, run.device])
    key = hashlib.blake2b(what.encode(), digest_size=16).hexdigest()
    path = pretraining.folder / f"{key}.npy"
    began = perf_counter()
    with _held(FileLock(path.with_suffix(".lock")), run.poll):
        waited = perf_counter() - began
        if path.exists():
            flat = np.load(path, allow_pickle=False)
            parameters = Parameters(Architecture.of(run.problem, configuration), flat)
            return Pretrained(parameters, waited=waited)
        gmf = _train(run, configuration, pretraining)
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


def _train(run: TrainingRun, configuration: Configuration, pretraining: Pretraining) -> Pretrained:
    """Train through all epochs. The last one counts, when the learning rate has come to 0: the
    validation lists are not asked."""
    began = perf_counter()
    trainer = run.trainer(configuration, pretraining.seed)
    for number in range(1, configuration.epochs + 1):
        if pretraining.watch is not None:
            pretraining.watch(number, configuration.epochs)
        loss = trainer.train(number, configuration.batch_size, run.poll)
        check_loss(loss, number, "the GMF trained apart: ")
    samples = trainer.source.size * configuration.epochs
    return Pretrained(trainer.engine.parameters.copy(), samples, perf_counter() - began)
