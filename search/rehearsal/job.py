"""The main job on made-up interactions, command by command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from neumf.bench.shapes import Shape
from neumf.errors import UserError
from search.rehearsal.plays import write_plays
from search.rehearsal.watching import Watched, watch

PLAYS, STUDY = "plays.csv", "./plays.toml"

READING = "reading the data"


def rehearse(
    folder: Path,
    shape: Shape,
    trials: int,
    epochs: int,
    seeds: int,
    workers: int | None,
    tell: Callable[[str], None],
) -> dict[str, Watched]:
    """Make ``shape``'s interactions in ``folder``, and a study for them; search it with ``trials``
    of ``epochs``, confirm the best configuration with so many ``seeds``, and open the test split.
    Returns what each command took.

    Raises:
        UserError: the size cannot be made up, or one of the commands fails.
    """
    tell(f"making up {shape.n_interactions:,} interactions")
    write_plays(shape, folder / PLAYS)
    budget = ("--epochs", str(epochs), *(() if workers is None else ("--workers", str(workers))))
    commands: Mapping[str, Sequence[str]] = {
        "making a study": ("search.init", PLAYS),
        READING: ("search.run", STUDY, "--trials", str(trials), *budget, "--no-confirm"),
        f"{READING} again": ("search.confirm", STUDY, "--top", "1", "--seeds", str(seeds), *budget),
    }
    watched = {}
    for first, words in commands.items():
        command = " ".join(("python", "-m", *words))
        tell(command)
        found = watch((sys.executable, "-m", *words), first, folder, lambda p: tell(f"  {p}"))
        if found.code:
            raise UserError(f"{command} {_end_of(found)}")
        watched[command] = found
    return watched


def _end_of(found: Watched) -> str:
    """Of a command that has failed: how, and what it said of it."""
    if found.code < 0:
        return f"was killed by signal {-found.code}"
    lines = [line.strip() for line in found.output.replace("\r", "\n").splitlines()]
    errors = [line for line in lines if line.startswith("error: ")]
    return f"ended with {found.code}: {errors[-1] if errors else 'it does not say why'}"
