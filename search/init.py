"""A study for one's own data: ``python -m search.init interactions.csv``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from neumf.cli import column_options, data_overrides, main
from neumf.saying import plain


@click.command(context_settings={"max_content_width": 100})
@click.argument("data", metavar="DATA")
@column_options
@click.option(
    "--output", type=click.Path(path_type=Path), help="file to write  [default: ./NAME.toml]"
)
@click.option("--force", is_flag=True, help="replace the file if it is there")
@click.option(
    "--estimate/--no-estimate",
    default=True,
    show_default=True,
    help="measure what a trial takes here, by training for a few seconds",
)
def init(data: str, output: Path | None, force: bool, estimate: bool, **options: Any) -> None:
    """Write a study for DATA: a CSV, TSV or Parquet file, NCF's files, or a data set by name.

    The file is looked at: which columns are user, item and time, how many interactions there are
    and how long histories. The study has the columns by name, a protocol that the data allows, a
    search space and a budget sized to the data, each with a comment, and how long a trial takes
    here. It is a suggestion to read and change.

    \b
    Examples:
      python -m search.init interactions.csv
      python -m search.init plays.parquet --user-column listener --item-column track
      python -m search.init ratings.csv --min-rating 4 --output liked.toml
      python -m search.run ./interactions.toml
    """  # noqa: D301 - click reads the escape
    from search.new_study.writing import write_study

    for line in write_study(data, data_overrides(options), output, force=force, measure=estimate):
        print(plain(line))


if __name__ == "__main__":
    main(init, "search.init")
