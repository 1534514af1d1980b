"""What the commands that run a session share."""

from __future__ import annotations

from pathlib import Path

import click

from neumf.cli import INTERRUPTED
from search.options import Options

report_option = click.option(
    "--report/--no-report", default=True, show_default=True, help="write an HTML report"
)

model_option = click.option(
    "--model",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="where to save the chosen model  [default: beside an SQLite file, or in models/]",
)

workers_option = click.option(
    "--workers",
    type=int,
    help="worker processes, one thread each  [default: one per available CPU; one on a GPU]",
)


def run_session(study: str, options: Options, *, as_json: bool) -> int:
    """Run a session, print its summary, and return the exit code.

    Raises:
        UserError: anything a person can put right.
    """
    options.check()
    from search.session import run_study

    outcome = run_study(study, options)
    for line in outcome.lines():
        print(line)
    if as_json:
        import json

        print(json.dumps(outcome.as_json()), flush=True)
    return INTERRUPTED if outcome.interrupted else 0
