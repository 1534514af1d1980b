"""``python -m search.rehearsal``: what a study of a given size takes here."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click

from neumf.cli import main

HEAD = "# Scaling\n"


@click.command(context_settings={"max_content_width": 100})
@click.option("--users", type=click.IntRange(100), default=138_493, show_default=True)
@click.option("--items", type=click.IntRange(200), default=26_744, show_default=True)
@click.option("--interactions", type=click.IntRange(1000), default=20_000_000, show_default=True)
@click.option("--trials", type=click.IntRange(1), default=3, show_default=True)
@click.option("--epochs", type=click.IntRange(1), default=2, show_default=True, help="of a trial")
@click.option(
    "--seeds",
    type=click.IntRange(2),
    default=2,
    show_default=True,
    help="with which the best configuration is confirmed",
)
@click.option("--workers", type=click.IntRange(1), help="[default: one per available CPU]")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("SCALING.md"),
    show_default=True,
    help="the file whose section on this size is written anew",
)
def rehearsal(
    users: int,
    items: int,
    interactions: int,
    trials: int,
    epochs: int,
    seeds: int,
    workers: int | None,
    output: Path,
) -> None:
    """Run the whole job on made-up interactions of the size that you expect, as you would, and
    write what each phase takes: time, memory and disk.

    A study is made for them, searched with a few short trials, confirmed and opened. All of it is
    in a temporary folder, and goes. The default is MovieLens-20M's size.
    """
    from neumf.bench.shapes import Shape
    from neumf.errors import UserError
    from reports.document import check_section, write_section
    from search.rehearsal.job import rehearse
    from search.rehearsal.page import name_of, section

    if not hasattr(os, "openpty"):
        raise UserError("a rehearsal needs a pseudo-terminal, which this system does not have")
    check_section(output)
    shape = Shape("plays", users, items, interactions)
    words = ["python", "-m", "search.rehearsal", *sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="neumf-rehearsal-") as name:
        folder = Path(name)
        watched = rehearse(folder, shape, trials, epochs, seeds, workers, click.echo)
        size = (folder / "plays.csv").stat().st_size
        write_section(output, HEAD, name_of(shape), section(shape, " ".join(words), size, watched))
    print(output)


if __name__ == "__main__":
    main(rehearsal, "search.rehearsal")
