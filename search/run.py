"""The main job: ``python -m search.run [STUDY] --trials 100``."""

from __future__ import annotations

from typing import Any

import click

from neumf.cli import data_overrides, main
from search.command import run_session, session_options
from search.options import Options


@click.command(context_settings={"max_content_width": 100})
@click.argument("study", default="ml-100k")
@click.option(
    "--trials", type=int, metavar="N", help="total number of trials; raise it to extend the study"
)
@click.option(
    "--confirm/--no-confirm",
    default=True,
    show_default=True,
    help="afterwards train the best configurations with fresh seeds, choose one, compare it with"
    " simple models, open the test split once and save the model; see python -m search.confirm",
)
@click.option(
    "--audit",
    type=int,
    default=0,
    metavar="N",
    help="afterwards train N pruned trials to the end and count how many should have been kept",
)
@click.option(
    "--twins",
    type=int,
    default=0,
    metavar="SEEDS",
    help="afterwards train the best model, its GMF alone and its MLP alone with this many fresh"
    " seeds, and report what each half adds",
)
@session_options
def run(study: str, as_json: bool, **options: Any) -> int:
    """Search for the best NeuMF configuration for STUDY.

    STUDY is the name of a definition in studies/ (default: ml-100k) or the path of a TOML file.
    Without --trials, --seed and --epochs, the definition's own values apply.

    The objective is nDCG@10 on validation data. When the search ends (at its total, once settled,
    or in time for --timeout), the best configurations are confirmed over fresh seeds, the test
    split is opened once, and the model is saved. Every trial is stored as it runs, so the same
    command continues after an interruption. Ctrl-C keeps all that is finished and queues the rest
    again; a second Ctrl-C does not wait for the current step.

    \b
    Examples:
      python -m search.run --trials 100
      python -m search.run quick
      python -m search.run my-study.toml --data interactions.csv --workers 4

    \b
    Exit codes:
      0    done
      2    a mistake or a problem of the machine, told in one line
      130  interrupted; finished trials are kept
    """  # noqa: D301 - click reads the escape
    return run_session(
        study, Options(overrides=data_overrides(options), **options), as_json=as_json
    )


if __name__ == "__main__":
    main(run, "search.run")
