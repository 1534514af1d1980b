"""What becomes of speed and memory as users and items grow: ML-100K's shape to ML-20M's.

Each shape trains in a process of its own, and they take turns. Memory is the most a process held
while it trained, less what it held when all was compiled and no data there yet.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from neumf.bench.section import Column, Row, Section, whole
from neumf.bench.shapes import Shape, stand_in
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, initialise
from neumf.protocol.problem import Problem
from neumf.seeds import generator
from neumf.training.engines.fused import FusedEngine
from neumf.training.negatives import Sampler, Samples
from neumf.training.warm_up import warm_up

MORE, ENOUGH = "more", "enough"


CONFIGURATION = Configuration(predictive_factors=16)

COLUMNS = (
    Column("shape", "shape"),
    Column("users", "n_users", whole),
    Column("items", "n_items", whole),
    Column("pairs", "interactions", whole),
    Column("update", "update"),
    Column("samples/s", "samples_per_s", whole),
    Column("MB", "memory_bytes", lambda n: whole(n / 1e6)),
    Column("bytes/pair*", "bytes_per_interaction", whole),
)
TITLE = "Growth (fused engine, 16 factors; * beyond three times the parameters)"


def measure_growth(shapes: Sequence[Shape], turns: int) -> Section:
    """The fused engine on each shape, a chunk of an epoch at a turn, its drawing included."""
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    with TemporaryDirectory() as name:
        for shape in shapes:
            folder = Path(name, shape.name)
            folder.mkdir()
            stand_in(shape).save(folder)
            here, there = context.Pipe()
            context.Process(target=_train, args=(there, folder), daemon=True).start()
            pipes.append(here)
        for pipe in pipes:  # all have trained a chunk that does not count
            pipe.recv()
        seconds: list[list[float]] = [[] for _ in shapes]
        for _ in range(turns):
            for pipe, times in zip(pipes, seconds, strict=True):
                pipe.send(MORE)
                times.append(pipe.recv())
        rows = [
            _finish(shape, pipe, median(times))
            for shape, pipe, times in zip(shapes, pipes, seconds, strict=True)
        ]
    return Section("growth", TITLE, COLUMNS, rows)


def _finish(shape: Shape, pipe: Connection, seconds: float) -> Row:
    """Where the system does not tell how much memory a process holds, None."""
    pipe.send(ENOUGH)
    update, parameters, memory = pipe.recv()
    beyond = None if memory is None else (memory - 3 * 4 * parameters) / shape.n_interactions
    return {
        "shape": shape.name,
        "n_users": shape.n_users,
        "n_items": shape.n_items,
        "interactions": shape.n_interactions,
        "update": update,
        "parameters": parameters,
        "samples_per_s": 1 / seconds,
        "memory_bytes": memory,
        "bytes_per_interaction": beyond,
    }


def _train(pipe: Connection, folder: Path) -> None:
    """Train a chunk, send the seconds a sample, wait for orders; at the end send the memory."""
    warm_up()
    before = _resident("VmRSS")
    problem, h = Problem.load(folder), CONFIGURATION
    a = Architecture.of(problem, h)
    engine = FusedEngine(initialise(a, generator(0, "bench")), h, 0)
    chunks = _epochs(Sampler(problem, h, 0))
    while True:
        started = perf_counter()
        chunk = next(chunks)
        engine.train([chunk])
        pipe.send((perf_counter() - started) / len(chunk))
        if pipe.recv() == ENOUGH:
            break
    peak = _resident("VmHWM")
    memory = None if before is None or peak is None else peak - before
    pipe.send((engine.update, a.size, memory))


def _epochs(sampler: Sampler) -> Iterator[Samples]:
    for number in count(1):
        yield from sampler.epoch(number)


def _resident(field: str) -> int | None:
    """Bytes of this process in memory: VmRSS now, VmHWM at most; None where there is no /proc."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))
