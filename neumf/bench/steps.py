"""Training steps: the engines, the notebook's loop, and the floor, in turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from neumf.bench.floor import Floor
from neumf.bench.notebook import NotebookLoop, RejectionSampler
from neumf.bench.section import FACTORS, Column, Row, Section, ratio, whole
from neumf.bench.timing import interleave
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, initialise
from neumf.protocol.problem import Problem
from neumf.seeds import generator
from neumf.training.engines.fused import FusedEngine
from neumf.training.engines.pytorch import TorchEngine
from neumf.training.negatives import Sampler, Samples

FUSED, TORCH, NOTEBOOK = "fused", "torch", "notebook"

STEPS_A_TURN = {FUSED: 100, TORCH: 20, NOTEBOOK: 10, "products": 50, "adam": 50}
"""Tens of milliseconds each."""

DRAWN = 2000
"""Positives for which the notebook's loop draws negatives at a turn."""

STEP = Column("us/step", "us_per_step", whole)
TRAIN = (Column("engine", "engine"), FACTORS, STEP, Column("samples/s", "samples_per_s", whole))
FLOOR = (
    FACTORS,
    STEP,
    Column("matrix products", "products_us", whole),
    Column("Adam", "adam_us", whole),
)
RATIOS = (
    FACTORS,
    Column("PyTorch / fused", "torch_over_fused", ratio),
    Column("notebook / fused", "notebook_over_fused", ratio),
    Column("fused / floor", "fused_over_floor", ratio),
)


def time_steps(
    problem: Problem, configurations: Sequence[Configuration], rounds: int
) -> Iterator[Section]:
    """Microseconds a step, on one thread. A step of an engine includes drawing its samples."""
    times = [_time(problem, h, rounds) for h in configurations]
    measured = list(zip(configurations, times, strict=True))
    train = [
        {
            "engine": engine,
            "predictive_factors": h.predictive_factors,
            "us_per_step": us[engine],
            "samples_per_s": 1e6 * h.batch_size / us[engine],
        }
        for h, us in measured
        for engine in (FUSED, TORCH, NOTEBOOK)
    ]
    yield Section("train", "Training", TRAIN, train)
    yield Section("floor", "Floor of a step", FLOOR, [_floor(h, us) for h, us in measured])
    yield Section("ratios", "Time ratios of a step", RATIOS, [_ratios(h, us) for h, us in measured])


def _floor(h: Configuration, us: dict[str, float]) -> Row:
    return {
        "predictive_factors": h.predictive_factors,
        "us_per_step": us["products"] + us["adam"],
        "products_us": us["products"],
        "adam_us": us["adam"],
    }


def _ratios(h: Configuration, us: dict[str, float]) -> Row:
    return {
        "predictive_factors": h.predictive_factors,
        "torch_over_fused": us[TORCH] / us[FUSED],
        "notebook_over_fused": us[NOTEBOOK] / us[FUSED],
        "fused_over_floor": us[FUSED] / (us["products"] + us["adam"]),
    }


def _time(problem: Problem, h: Configuration, rounds: int) -> dict[str, float]:
    """Microseconds a step of each engine, and of the parts of the floor."""
    torch.set_num_threads(1)
    a = Architecture.of(problem, h)
    parameters = initialise(a, generator(0, "bench"))
    sampler = Sampler(problem, h, 0)
    samples = next(sampler.epoch(1))
    fused, eager = FusedEngine(parameters, h, 0), TorchEngine(parameters.copy(), h, 0)
    notebook, negatives = NotebookLoop(a, h, samples), RejectionSampler(problem, 0)
    floor = Floor(a, h.batch_size)

    def first(steps: int) -> list[Samples]:
        n = steps * h.batch_size
        assert n <= len(samples)
        return [samples.part(slice(0, n))]

    seconds = interleave(
        {
            FUSED: lambda: fused.train(first(STEPS_A_TURN[FUSED])),
            TORCH: lambda: eager.train(first(STEPS_A_TURN[TORCH])),
            NOTEBOOK: lambda: notebook.train(STEPS_A_TURN[NOTEBOOK]),
            "products": lambda: floor.products(STEPS_A_TURN["products"]),
            "adam": lambda: floor.adam(STEPS_A_TURN["adam"]),
            "sampling": lambda: list(sampler.epoch(1)),
            "drawing": lambda: negatives.draw(DRAWN, h.negative_ratio),
        },
        rounds,
    )
    us = {name: 1e6 * seconds[name] / steps for name, steps in STEPS_A_TURN.items()}
    sampling = 1e6 * seconds["sampling"] * h.batch_size / sampler.size
    drawing = 1e6 * seconds["drawing"] * h.batch_size / (DRAWN * (1 + h.negative_ratio))
    us[FUSED] += sampling
    us[TORCH] += sampling
    us[NOTEBOOK] += drawing
    return us
