"""Rebuild studies' pages from storage alone: ``python -m reports.build [STUDY ...]``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from neumf.cli import main
from neumf.errors import UserError
from reports.output import FOLDER
from studies.options import storage_option


@click.command(context_settings={"max_content_width": 100})
@click.argument("studies", nargs=-1, metavar="[STUDY ...]")
@storage_option
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    show_default=True,
    help="folder for the page",
)
@click.option("--all", "everything", is_flag=True, help="every study of the storage, and an index")
def build(studies: tuple[str, ...], storage: str, output: Path, everything: bool) -> None:
    """Draw the HTML page of STUDY: its name in the storage, or the name or path of its definition
    [default: ml-100k]. Of several, draw the page of each, and one that compares them.

    A page is one file that opens offline. Nothing is trained and no data is read.

    \b
    Examples:
      python -m reports.build
      python -m reports.build ml-100k my-study.toml
      python -m reports.build --all
    """  # noqa: D301 - click reads the escape
    if everything and studies:
        raise UserError(f"--all and {studies[0]!r}: name studies, or ask for all of them")
    from studies.storage.errors import record_errors

    with record_errors(storage):
        _build(studies, storage, output, everything=everything)


def _build(studies: tuple[str, ...], storage: str, output: Path, *, everything: bool) -> None:
    from reports.page import write, write_comparison
    from studies.definition.loading import load
    from studies.results.readback import read
    from studies.storage.database import names
    from studies.storage.url import masked

    known = names(storage)
    if everything:
        if not known:
            raise UserError(f"no study in {masked(storage)}; name another --storage")
        _build_all(known, storage, output)
        return
    wanted = dict.fromkeys(
        one if one in known else load(one).name for one in studies or ("ml-100k",)
    )
    found = [read(storage, name) for name in wanted]
    for study in found:
        print(write(study, output, storage))
    if len(found) > 1:
        print(write_comparison(found, output))


def _build_all(known: Sequence[str], storage: str, output: Path) -> None:
    """What cannot be read or drawn is left out, and the index says so; where nothing can be written
    is told once."""
    from reports.output import page_name
    from reports.page import put, render, write_index
    from reports.sections.contents import sections_of_several
    from studies.results.readback import read
    from studies.storage.errors import record_errors

    made, left_out = [], []
    for name in known:
        try:
            with record_errors(storage):
                study = read(storage, name)
                page = render(study, storage)
                sections_of_several([study], (), compare=False)  # what the index tells of it
        except UserError as error:  # another program's, or damaged
            line = str(error)
            left_out.append(line if repr(name) in line else f"study {name!r}: {line}")
            continue
        made.append(study)
        print(put(output / page_name(name), page))
    print(write_index(made, left_out, output))


if __name__ == "__main__":
    main(build, "reports.build")
