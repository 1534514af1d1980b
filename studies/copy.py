"""Studies from one storage to another: ``python -m studies.copy FROM TO [STUDY]``."""

from __future__ import annotations

import click

from neumf.cli import main
from neumf.saying import plain


@click.command(context_settings={"max_content_width": 100})
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.argument("study", required=False)
def copy(source: str, target: str, study: str | None) -> None:
    """Copy STUDY, or all studies, from the storage FROM to the storage TO.

    Both are URLs: sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE. What confirms a study
    and what opened its test split are copied with it. Nothing is overwritten: a study whose name is
    in TO is refused. All is copied, or nothing. Saved models and reports are not in a storage: run
    the study, or python -m reports.build, to have them made again.

    \b
    Examples:
      python -m studies.copy sqlite:///studies/neumf.db postgresql+psycopg://me@server/team ml-100k
      python -m studies.copy postgresql+psycopg://me@server/team sqlite:///backup.db
    """  # noqa: D301 - click reads the escape
    from studies.storage.copying import copy_studies

    for one in copy_studies(source, target, study):
        running = f", {one.running} of them running" if one.running else ""
        print(
            f"{plain(one.name)}: {one.trials} trial{'s' if one.trials != 1 else ''} copied{running}"
        )


if __name__ == "__main__":
    main(copy, "studies.copy")
