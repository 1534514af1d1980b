"""What was found on a data set, in Markdown and CSV: ``python -m reports.results [STUDY]``."""

from __future__ import annotations

from pathlib import Path

import click

from neumf.cli import main
from studies.options import storage_option


@click.command(context_settings={"max_content_width": 100})
@click.argument("study", default="ml-100k")
@storage_option
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("RESULTS.md"),
    show_default=True,
    help="the file whose section on STUDY is written anew; the CSV goes into results/ beside it",
)
def results(study: str, storage: str, output: Path) -> None:
    """Write what STUDY found into a Markdown file, and all its trials into a CSV file.

    STUDY's test split must have been opened (python -m search.confirm). Other sections of the file
    are left as they are.
    """
    from neumf.errors import UserError
    from neumf.files import replacing
    from reports.document import write_section
    from reports.markdown import HEAD, section
    from reports.spreadsheet import as_csv
    from studies.results.readback import read
    from studies.storage.errors import record_errors
    from studies.storage.names import file_name

    found = read(storage, study)
    if found.opening is None:
        raise UserError(
            f"the test split of study {study!r} is sealed; open it with python -m search.confirm"
        )
    table = output.parent / "results" / f"{file_name(study)}.csv"
    with record_errors(storage):
        trials, told = as_csv(found), section(found, f"results/{table.name}")
    write_section(output, HEAD, study, told)
    try:
        with replacing(table) as part:
            part.write_text(trials, encoding="utf-8", newline="")
    except OSError as error:
        raise UserError(f"cannot write {error.filename}: {error.strerror}") from None
    print(output, table)


if __name__ == "__main__":
    main(results, "reports.results")
