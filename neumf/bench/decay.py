"""What a step costs once weight decay has worn the model down.

It should cost what it did before. Left alone, what only decay moves becomes denormal within an
epoch, parameters and moments; see :mod:`neumf.floating_point`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from neumf.bench.floor import Floor
from neumf.bench.section import FACTORS, Column, Row, Section, ratio, whole
from neumf.bench.timing import interleave
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Architecture, initialise
from neumf.protocol.problem import Problem
from neumf.seeds import generator
from neumf.training.engines.fused import FusedEngine
from neumf.training.engines.pytorch import TorchEngine
from neumf.training.negatives import Sampler

WEAR = 1e-4
"""Weight decay of the worn model: an epoch of MovieLens-100K, 2,000 steps, would leave nearly a
fifth of all parameters and moments denormal if denormals were kept."""

STEPS_A_TURN = {"fused": 100, "torch": 20, "floor": 50}
"""Tens of milliseconds each."""

COLUMNS = (
    Column("engine", "engine"),
    FACTORS,
    Column("us/step, fresh", "fresh_us", whole),
    Column("us/step, worn", "worn_us", whole),
    Column("worn / fresh", "worn_over_fresh", ratio),
)


def time_decay(problem: Problem, configurations: Sequence[Configuration], rounds: int) -> Section:
    """Microseconds a step without drawing samples, on one thread: both engines and the floor, fresh
    without decay, and worn."""
    rows = [row for h in configurations for row in _time(problem, h, rounds)]
    return Section("decay", "Weight decay: a fresh model, and one worn down", COLUMNS, rows)


def _time(problem: Problem, h: Configuration, rounds: int) -> list[Row]:
    fresh, worn = (_contenders(problem, replace(h, weight_decay=decay)) for decay in (0.0, WEAR))
    contenders = {f"fresh {name}": call for name, call in fresh.items()}
    contenders |= {f"worn {name}": call for name, call in worn.items()}
    seconds = interleave(contenders, rounds)
    return [
        {
            "engine": name,
            "predictive_factors": h.predictive_factors,
            "fresh_us": 1e6 * seconds[f"fresh {name}"] / steps,
            "worn_us": 1e6 * seconds[f"worn {name}"] / steps,
            "worn_over_fresh": seconds[f"worn {name}"] / seconds[f"fresh {name}"],
        }
        for name, steps in STEPS_A_TURN.items()
    ]


def _contenders(problem: Problem, h: Configuration) -> dict[str, Callable[[], object]]:
    """With decay, after an epoch of it; the floor then has the fused engine's parameters and
    moments."""
    a, sampler = Architecture.of(problem, h), Sampler(problem, h, 0)
    parameters = initialise(a, generator(0, "bench"))
    fused, eager = FusedEngine(parameters, h, 0), TorchEngine(parameters.copy(), h, 0)
    floor = Floor(a, h.batch_size)
    if h.weight_decay:
        fused.train(sampler.epoch(1))
        eager.train(sampler.epoch(1))
        floor.copy_state(fused)
    samples = next(sampler.epoch(2))
    some = {name: samples.part(slice(0, n * h.batch_size)) for name, n in STEPS_A_TURN.items()}

    def floor_steps() -> None:
        floor.products(STEPS_A_TURN["floor"])
        floor.adam(STEPS_A_TURN["floor"])

    return {
        "fused": lambda: fused.train([some["fused"]]),
        "torch": lambda: eager.train([some["torch"]]),
        "floor": floor_steps,
    }
