"""From a data file to a study file: look, size, measure, write."""

from __future__ import annotations

import os
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from neumf.data.console import load_with_progress
from neumf.data.description import describe_interactions
from neumf.data.inspection import columns_of
from neumf.data.interactions import Interactions
from neumf.data.source import DataSource
from neumf.errors import UserError
from neumf.files import replacing
from neumf.protocol.console import prepare_with_progress
from neumf.terminal import make_console
from neumf.waiting import waiting
from search.new_study.sizing import sized
from search.new_study.study_file import render, toml
from search.workers.count import default_workers
from studies.definition.loading import parse
from studies.definition.schema import Definition


def write_study(
    data: str,
    overrides: Mapping[str, Any],
    output: Path | None,
    *,
    force: bool = False,
    measure: bool = True,
) -> list[str]:
    """Write a study of ``data`` to ``output``; returns what to tell.

    Raises:
        UserError: the data cannot be read or validated on, or the file is there or cannot be
            written. Nothing is written then.
    """
    source = DataSource.given(data, overrides)
    path = output or Path(f"{_stem(data)}.toml")
    _refuse(path, force=force)
    console = make_console()
    interactions = load_with_progress(source, console)
    found = columns_of(source)
    table = {"source": data, **overrides, **found}  # a position given is told as its header
    if source.min_rating is None:
        table.pop("rating", None)
    definition = sized(path.stem, table, interactions)
    cost, lists = _check(definition, interactions, console, measure=measure)
    notes = (*describe_interactions(interactions), *([lists] if lists else []))
    text = render(definition, interactions, found, notes, cost)
    assert parse({"name": path.stem} | tomllib.loads(text), str(path)) == definition
    try:
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise UserError(f"{path}: cannot be written ({error})") from error
    columns = ", ".join(f"{role} {toml(column)}" for role, column in found.items())
    return [
        *([f"columns: {columns}"] if columns else []),
        *([cost] if cost else []),
        f"wrote {path}; run it with",
        f"  python -m search.run {shlex.quote(_as_study(path))}",
    ]


def _check(
    definition: Definition, interactions: Interactions, console: Console, *, measure: bool
) -> tuple[str | None, str | None]:
    """What a trial takes, and what is to be said of the lists."""
    protocol, seed = definition.protocol, definition.search.seed
    _, problem, lists = prepare_with_progress(interactions, protocol, seed, console)
    if not measure:
        return None, lists
    from search.new_study.estimate import seconds_a_trial

    with waiting(console, "measuring what a trial takes here (longer the first time: it compiles)"):
        seconds = seconds_a_trial(problem, definition)
    trials, workers = definition.search.trials, default_workers("auto")
    total = seconds * max(1.0, trials / workers)
    cost = (
        f"A trial takes about {_about(seconds)} here, {trials} trials about {_about(total)}"
        f" on {workers} worker{'s' if workers > 1 else ''}."
    )
    return cost, lists


def _refuse(path: Path, *, force: bool) -> None:
    if path.suffix != ".toml":
        raise UserError(f"--output {path}: must end in .toml")
    if path.is_dir():
        raise UserError(f"--output {path}: is a directory")
    if path.exists() and not force:
        raise UserError(f"{path}: is already there; use --force to replace it, or --output")


def _stem(data: str) -> str:
    """``interactions`` of ``data/interactions.csv.gz``."""
    return Path(data).name.strip(".").split(".")[0].strip() or "study"


def _as_study(path: Path) -> str:
    """A path that cannot be taken for a flag."""
    return str(path) if path.is_absolute() else os.path.join(".", path)  # noqa: PTH118


def _about(seconds: float) -> str:
    """Two digits, which is more than an estimate has."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{float(f'{seconds / length:.2g}'):g} {unit}"
    return f"{float(f'{seconds:.2g}'):g} s"
