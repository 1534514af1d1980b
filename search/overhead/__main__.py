"""``python -m search.overhead``: what a Ray cluster costs beside workers of this machine."""

from __future__ import annotations

from pathlib import Path

import click

from neumf.cli import main

HEAD = "# Scaling\n"


@click.command(context_settings={"max_content_width": 100})
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="of each kind, beside which there should be a core for the coordinator",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="of a study: each turn has two",
)
@click.option(
    "--turns",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="of each kind",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("SCALING.md"),
    show_default=True,
    help="the file whose section on this is written anew",
)
def overhead(workers: int, trials: int, turns: int, output: Path) -> None:
    """Measure what trials take on a Ray cluster beside workers of this machine, and write it.

    It starts a cluster of one node here for each of Ray's turns, and ends it. All takes some
    minutes. Nothing else should compute meanwhile, and a core should be left for the coordinator:
    where cores are short, workers wait for them by far longer than what is measured, and Ray's,
    which are nice, otherwise than local ones.
    """
    from search.cluster.demand import check_ray

    check_ray("python -m search.overhead")
    from neumf.terminal import make_console
    from reports.document import check_section, write_section
    from search.overhead.measuring import measure
    from search.overhead.page import NAME, section

    check_section(output)
    write_section(output, HEAD, NAME, section(measure(workers, trials, turns, make_console())))
    print(output)


if __name__ == "__main__":
    main(overhead, "search.overhead")
