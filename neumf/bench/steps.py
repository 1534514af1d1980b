"""Training steps: the engines, the notebook's loop, and the floor, in turns."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from neumf.bench.floor import Floor
from neumf.bench.notebook import Negatives, Notebook
from neumf.bench.timing import interleave
from neumf.compiled import single_thread
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, initialise
from neumf.protocol.problem import Problem
from neumf.seeds import generator
from neumf.training.engines.fused import FusedEngine
from neumf.training.engines.pytorch import TorchEngine
from neumf.training.negatives import Sampler, Samples

FUSED, TORCH, NOTEBOOK = "fused", "torch", "notebook"

STEPS = {FUSED: 100, TORCH: 20, NOTEBOOK: 10, "products": 50, "adam": 50}
"""Timed at a turn: tens of milliseconds each."""

DRAWN = 2000
"""Positives for which the notebook's loop draws negatives at a turn."""


@dataclass(frozen=True)
class Steps:
    """Microseconds a step. Those of an engine have its share of drawing the samples in them."""

    predictive_factors: int
    batch_size: int
    engines: dict[str, float]
    products: float  # matrix products alone
    adam: float  # one pass of Adam alone
    sampling: float

    @property
    def floor(self) -> float:
        return self.products + self.adam

    def train(self) -> list[dict[str, object]]:
        return [
            {
                "engine": engine,
                "predictive_factors": self.predictive_factors,
                "us_per_step": us,
                "samples_per_s": 1e6 * self.batch_size / us,
            }
            for engine, us in self.engines.items()
        ]

    def floor_row(self) -> dict[str, object]:
        return {
            "predictive_factors": self.predictive_factors,
            "us_per_step": self.floor,
            "products_us": self.products,
            "adam_us": self.adam,
        }

    def ratios(self) -> dict[str, float]:
        fused = self.engines[FUSED]
        return {
            "predictive_factors": self.predictive_factors,
            "torch_over_fused": self.engines[TORCH] / fused,
            "notebook_over_fused": self.engines[NOTEBOOK] / fused,
            "fused_over_floor": fused / self.floor,
        }


def time_steps(problem: Problem, configuration: Configuration, rounds: int) -> Steps:
    """One thread each."""
    h = configuration
    torch.set_num_threads(1)
    a = Architecture.of(problem, h)
    parameters = initialise(a, generator(0, "bench"))
    sampler = Sampler(problem, h, 0)
    samples = next(sampler.epoch(1))
    fused, eager = FusedEngine(parameters, h, 0), TorchEngine(parameters.copy(), h, 0)
    notebook, negatives = Notebook(a, h, samples), Negatives(problem, 0)
    floor = Floor(a, h.batch_size)

    def first(steps: int) -> list[Samples]:
        n = steps * h.batch_size
        assert n <= len(samples)
        return [Samples(samples.users[:n], samples.items[:n], samples.labels[:n])]

    with single_thread():
        seconds = interleave(
            {
                FUSED: lambda: fused.train(first(STEPS[FUSED])),
                TORCH: lambda: eager.train(first(STEPS[TORCH])),
                NOTEBOOK: lambda: notebook.train(STEPS[NOTEBOOK]),
                "products": lambda: floor.products(STEPS["products"]),
                "adam": lambda: floor.adam(STEPS["adam"]),
                "sampling": lambda: list(sampler.epoch(1)),
                "drawing": lambda: negatives.draw(DRAWN, h.negative_ratio),
            },
            rounds,
        )
    us = {name: 1e6 * seconds[name] / steps for name, steps in STEPS.items()}
    sampling = 1e6 * seconds["sampling"] * h.batch_size / sampler.size
    drawing = 1e6 * seconds["drawing"] * h.batch_size / (DRAWN * (1 + h.negative_ratio))
    engines = {
        FUSED: us[FUSED] + sampling,
        TORCH: us[TORCH] + sampling,
        NOTEBOOK: us[NOTEBOOK] + drawing,
    }
    return Steps(h.predictive_factors, h.batch_size, engines, us["products"], us["adam"], sampling)
