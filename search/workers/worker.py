"""A worker process: trains one trial after another and streams their epochs. It owns nothing.

It does not wait for a verdict on an epoch: it goes on with the next and looks for ``Stop`` many
times an epoch, so the coordinator's bookkeeping costs no training time.
"""

from __future__ import annotations

import shutil
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter

from filelock import FileLock

from neumf.evaluation.measurement import measure_model
from neumf.model.parameters import Parameters
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.problem import Problem
from neumf.training.divergence import Diverged
from neumf.training.loop import Epoch, train
from neumf.training.pretraining import Pretraining
from neumf.training.warm_up import warm_up
from search.workers.interface import Keeping
from search.workers.keeping import Keeper, save, take
from search.workers.messages import (
    EpochDone,
    FromWorker,
    PretrainingEpoch,
    Ready,
    Remark,
    Stop,
    Train,
    TrialDone,
    TrialFailed,
    TrialStopped,
)
from studies.ledger.job import EpochResult, FinishedModel, Job

HALVES = "pretrained"
"""Where, in the folder that workers share, a GMF that one has trained waits for the others."""


class Stopped(Exception):  # noqa: N818 - a message, not an error
    """The coordinator has given up this trial."""


def serve(connection: Connection, folder: Path, engine: str, device: str, keeping: Keeping) -> None:
    """Train what comes through ``connection`` on the problem in ``folder`` until it closes.

    A coordinator that was killed leaves the folder behind; it is removed then.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to handle
    problem = Problem.load(folder)
    with FileLock(folder / "compile.lock"):  # the first compiles, the others load what it cached
        warm_up()
    keeper = Keeper(keeping, folder, problem, engine, device)
    try:
        connection.send(Ready())
        while True:
            message = connection.recv()
            if isinstance(message, Train):
                _run(message.job, connection, problem, folder, engine, device, keeper)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        shutil.rmtree(folder, ignore_errors=True)  # the coordinator is gone and cannot


def _run(
    job: Job,
    connection: Connection,
    problem: Problem,
    folder: Path,
    engine: str,
    device: str,
    keeper: Keeper,
) -> None:
    def poll() -> None:
        if connection.poll():
            message = connection.recv()
            assert isinstance(message, Stop)
            if message.number == job.number:
                raise Stopped

    tell = partial(_tell_of_pretraining, connection, job.number)
    for message in messages(job, problem, folder, engine, device, poll, keeper, tell):
        connection.send(message)


def messages(
    job: Job,
    problem: Problem,
    folder: Path,
    engine: str,
    device: str,
    poll: Callable[[], None],
    keeper: Keeper,
    tell: Callable[[int, int], None] | None = None,
) -> Generator[FromWorker, None, None]:
    """Train ``job``; what a worker says meanwhile. ``poll`` is called many times an epoch and
    raises :class:`Stopped` once the trial has been given up.

    What a checkpoint has of the trial is told again and not trained again.
    """
    since, has_result = perf_counter(), False
    remarks: deque[Remark] = deque()
    checkpoints = keeper.checkpoints(lambda text: remarks.append(Remark(job.number, text)))
    try:
        before = take(checkpoints, job)
        told, counts = list(before.epochs), before.counts
        if told:
            checkpoints.say(f"goes on after epoch {len(told)} of {job.epochs}, from a checkpoint")
        yield from _drain(remarks)
        for result in before.epochs:
            yield EpochDone(job.number, replace(result, again=True), 0.0)
        epochs = train(
            problem,
            job.configuration,
            job.seed,
            engine=engine,
            device=device,
            poll=poll,
            pretraining=Pretraining(job.pretraining_seed, folder / HALVES, tell, checkpoints),
            resume=before.state,
        )
        del before  # see train
        left = None if job.last_epoch is None else job.last_epoch - len(told)
        for epoch in islice(epochs, left):
            if (job.measured or job.kept) and epoch.best.is_latest:
                counts = epoch.parameters.copy()
            told.append(epoch_result(epoch))
            busy = perf_counter() - since - epoch.waited_seconds
            yield EpochDone(job.number, told[-1], busy)
            since = perf_counter()  # a listener may keep us waiting: that is not computing
            if checkpoints.is_due:
                save(checkpoints, job, told, counts, epoch)
            yield from _drain(remarks)
        model = None if counts is None else _finished(job, counts, folder)
    except Stopped:
        yield TrialStopped(job.number, perf_counter() - since)
    except Diverged as error:
        yield TrialFailed(job.number, str(error), perf_counter() - since)
    except MemoryError:  # others may have taken it
        yield TrialFailed(job.number, "out of memory", perf_counter() - since, again=True)
    else:
        yield TrialDone(job.number, perf_counter() - since, model)
        has_result = True
    keeper.ended(checkpoints, has_result=has_result)


def _drain(remarks: deque[Remark]) -> Iterator[Remark]:
    while remarks:
        yield remarks.popleft()


def _tell_of_pretraining(connection: Connection, number: int, epoch: int, epochs: int) -> None:
    connection.send(PretrainingEpoch(number, epoch, epochs))


def _finished(job: Job, parameters: Parameters, folder: Path) -> FinishedModel:
    measurement = None
    if job.measured:
        measurement = measure_model(NeuMFScorer(parameters), MeasuredLists.load(folder))
    return FinishedModel(measurement, parameters if job.kept else None)


def epoch_result(epoch: Epoch) -> EpochResult:
    """What is told of an epoch."""
    return EpochResult(
        epoch.number,
        epoch.loss,
        epoch.metrics,
        epoch.best.number,
        epoch.best.value,
        epoch.samples,
        epoch.train_seconds + epoch.evaluate_seconds,
        epoch.architecture.size,
        epoch.engine,
        epoch.update,
        epoch.alpha,
        epoch.pretrained,
    )
