"""``python -m search.scaling``: how long a study takes, and what it costs, with many workers."""

from __future__ import annotations

from pathlib import Path

import click

from neumf.cli import main

SEARCHES = (
    *((1, 100), (10, 100), (100, 100)),
    *((10, 1000), (100, 1000), (1000, 1000)),
    *((100, 10_000), (1000, 10_000), (10_000, 10_000)),
    (10_000, 100_000),
)
"""Workers and trials of what is simulated."""

QUALITY = (
    *((workers, 100, 20) for workers in (1, 10, 30, 100)),
    *((workers, 1000, 2) for workers in (10, 100, 1000)),
)
"""Workers, trials, and studies of different seeds, for what open trials cost."""

HEAD = "# Scaling\n"


@click.command(context_settings={"max_content_width": 100})
@click.argument("study", default="ml-100k")
@click.option(
    "--recorded",
    type=click.Path(dir_okay=False, path_type=Path),
    help="the study's trials as CSV  [default: results/STUDY.csv]",
)
@click.option(
    "--limit",
    type=click.FloatRange(min=1),
    default=60.0,
    show_default=True,
    help="seconds that simulating one search may compute",
)
@click.option(
    "--price-per-hour",
    type=click.FloatRange(min=0),
    help="of one core: costs are told in money too",
)
@click.option(
    "--most-workers",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="leave out searches with more",
)
@click.option(
    "--most-trials",
    type=click.IntRange(min=100),
    default=100_000,
    show_default=True,
    help="likewise",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("SCALING.md"),
    show_default=True,
    help="the file whose section on STUDY is written anew",
)
def scaling(
    study: str,
    recorded: Path | None,
    limit: float,
    price_per_hour: float | None,
    most_workers: int,
    most_trials: int,
    output: Path,
) -> None:
    """Simulate STUDY with up to 10,000 workers and 100,000 trials, and write what it takes.

    The coordinator and the storage are real; the workers are simulated, on a clock that skips their
    training. It takes up to --limit seconds for each of 10 searches, and some minutes more for what
    open trials cost in quality.
    """
    from reports.document import check_section, write_section
    from search.scaling.measuring import measure
    from search.scaling.page import section
    from studies.storage.names import file_name

    check_section(output)
    table = recorded or Path("results") / f"{file_name(study)}.csv"
    searches = [s for s in SEARCHES if s[0] <= most_workers and s[1] <= most_trials]
    quality = [q for q in QUALITY if q[0] <= most_workers and q[1] <= most_trials]
    found = measure(study, table, searches, quality, limit, print)
    write_section(output, HEAD, found.study, section(found, price_per_hour))
    print(output)


if __name__ == "__main__":
    main(scaling, "search.scaling")
