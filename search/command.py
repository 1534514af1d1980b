"""What the commands that run a session share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from neumf.cli import (
    INTERRUPTED,
    data_options,
    engine_options,
    hyperparameter_option,
    json_option,
    seed_option,
)
from neumf.errors import UserError
from neumf.saying import plain
from search.options import CHECKPOINT_SECONDS, Options
from studies.options import storage_option

OPTIONS = (
    click.option(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="start nothing new after this long; a search leaves time to confirm and to open",
    ),
    click.option(
        "--workers",
        type=int,
        help="worker processes, one thread each  [default: one per available CPU; one on a GPU;"
        " with --ray, as many as the cluster has room for]",
    ),
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
    storage_option,
    click.option("--name", help="the name that the study is stored under, if not its own"),
    data_options(),
    seed_option(),
    hyperparameter_option("epochs", of_study=True),
    engine_options,
    click.option(
        "--checkpoints",
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="where long trials keep checkpoints, from which the same command goes on; machines of"
        " a cluster need one that they share  [default: beside an SQLite file, or in"
        " checkpoints/; with --ray, on each machine until the session ends]",
    ),
    click.option(
        "--checkpoint-every",
        type=float,
        default=CHECKPOINT_SECONDS,
        show_default=True,
        metavar="SECONDS",
        help="the least time between two checkpoints of a trial; inf keeps none",
    ),
    click.option(
        "--model",
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="where to save the chosen model  [default: beside an SQLite file, or in models/]",
    ),
    click.option(
        "--report/--no-report", default=True, show_default=True, help="write an HTML report"
    ),
    json_option,
)


def session_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Those of every command that runs a session, after its own."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def run_session(study: str, options: Options, *, as_json: bool) -> int:
    """Run a session, print its summary, and return the exit code.

    Raises:
        UserError: anything a person can put right; if it hinders what follows a search, after the
            summary.
    """
    options.check()
    from search.session import run_study

    outcome = run_study(study, options)
    for line in outcome.lines():
        print(plain(line))
    if as_json:
        import json

        print(json.dumps(outcome.as_json()), flush=True)
    if outcome.problem is not None:
        raise UserError(outcome.problem)
    return INTERRUPTED if outcome.interrupted else 0
