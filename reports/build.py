"""Rebuild a study's page from storage alone: ``python -m reports.build [STUDY]``."""

from __future__ import annotations

from pathlib import Path

import click

from neumf.cli import main
from reports.output import FOLDER
from studies.options import storage_option


@click.command(context_settings={"max_content_width": 100})
@click.argument("study", default="ml-100k")
@storage_option
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    show_default=True,
    help="folder for the page",
)
def build(study: str, storage: str, output: Path) -> None:
    """Draw the HTML page of STUDY: its name in the storage, or the name or path of its definition.

    The page is one file that opens offline. Nothing is trained and no data is read.
    """
    from reports.page import write
    from studies.definition.loading import load
    from studies.results.readback import read
    from studies.storage.database import names

    name = study if study in names(storage) else load(study).name
    print(write(read(storage, name), output, storage))


if __name__ == "__main__":
    main(build, "reports.build")
