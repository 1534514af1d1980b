"""The simulated searches that a section of SCALING.md tells of."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from optuna.storages import InMemoryStorage

from search.scaling.simulation import Simulated, resized, simulate
from studies.definition import loading
from studies.definition.schema import Definition
from studies.storage.database import own
from studies.storage.record import versions
from studies.surrogate import Surrogate


@dataclass(frozen=True)
class Found:
    """What was simulated."""

    study: str
    recorded: Path
    surrogate: Surrogate
    limit: float  # seconds of the processor that a search might take
    searches: Sequence[Simulated]
    quality: Sequence[Sequence[Simulated]]  # studies that differ in their seeds
    versions: dict[str, str]


def measure(
    study: str,
    recorded: Path,
    searches: Sequence[tuple[int, int]],
    quality: Sequence[tuple[int, int, int]],
    limit: float,
    say: Callable[[str], None],
) -> Found:
    """Simulate ``searches``, each of so many workers and trials, and for ``quality`` so many
    studies of each. ``recorded`` is the CSV of the study's trials.

    Raises:
        UserError: there is no such study, or no such file.
    """
    definition = loading.load(study)
    surrogate = Surrogate(definition, recorded)
    simulated = []
    for workers, trials in searches:
        simulated.append(_search(resized(definition, trials, 0), surrogate, workers, limit))
        say(f"{workers} workers: {simulated[-1].trials} of {trials} trials")
    open_ = []
    for workers, trials, studies in quality:
        definitions = [resized(definition, trials, seed) for seed in range(studies)]
        open_.append([_in_memory(one, surrogate, workers) for one in definitions])
        say(f"{workers} trials open at once: {studies} studies of {trials} trials")
    return Found(definition.name, recorded, surrogate, limit, simulated, open_, versions())


def _search(definition: Definition, surrogate: Surrogate, workers: int, limit: float) -> Simulated:
    """In a file of its own."""
    with tempfile.TemporaryDirectory(prefix="neumf-scaling-") as folder:
        url = f"sqlite:///{folder}/study.db"
        with own(url, definition.name) as storage:
            found = simulate(definition, surrogate, storage, workers, limit=limit)
            storage.engine.dispose()
            return found


def _in_memory(definition: Definition, surrogate: Surrogate, workers: int) -> Simulated:
    """Without the coordinator's time, so that it repeats."""
    return simulate(definition, surrogate, InMemoryStorage(), workers, counts_work=False)
