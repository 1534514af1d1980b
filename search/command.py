"""What the commands that run a session share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    help="worker processes, one thread each  [default: one per available CPU; one on a GPU;"
    " with --ray, as many as the cluster has room for]",
)

CLUSTER_OPTIONS = (
    click.option(
        "--ray",
        metavar="auto|HOST:PORT",
        help="run the workers on a Ray cluster, the one that this machine is part of (auto) or the"
        " one at this address",
    ),
    click.option(
        "--cpus-per-trial",
        type=float,
        metavar="N",
        help="CPUs that --ray reserves for a trial, which computes on one  [default: 1]",
    ),
    click.option(
        "--gpus-per-trial",
        type=float,
        metavar="N",
        help="GPUs that --ray reserves for a trial; may be a fraction  [default: 1 on a GPU, else"
        " 0]",
    ),
    click.option(
        "--memory-per-trial",
        metavar="SIZE",
        help="memory that --ray reserves for a trial, such as 500MB or 2GB  [default: none]",
    ),
)


def cluster_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--ray`` and what it reserves for a trial."""
    for option in reversed(CLUSTER_OPTIONS):
        command = option(command)
    return command


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
