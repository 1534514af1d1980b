"""The main job: ``python -m search.run [STUDY] --trials 100``."""

from __future__ import annotations

from typing import Any

import click

from neumf.cli import (
    INTERRUPTED,
    data_options,
    data_overrides,
    engine_options,
    hyperparameter_option,
    json_option,
    main,
    seed_option,
)
from search.options import Options
from studies.options import storage_option


@click.command(context_settings={"max_content_width": 100})
@click.argument("study", default="ml-100k")
@click.option(
    "--trials", type=int, metavar="N", help="total number of trials; raise it to extend the study"
)
@click.option("--timeout", type=float, metavar="SECONDS", help="start no new trial after this long")
@click.option(
    "--workers",
    type=int,
    help="worker processes, one thread each  [default: one per available CPU; one on a GPU]",
)
@storage_option
@click.option("--name", help="store the study under this name instead of its own")
@data_options()
@seed_option()
@hyperparameter_option("epochs", of_study=True)
@engine_options
@click.option("--report/--no-report", default=True, show_default=True, help="write an HTML report")
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
@json_option
def run(study: str, as_json: bool, **options: Any) -> int:
    """Search for the best NeuMF configuration for STUDY.

    STUDY is the name of a definition in studies/ (default: ml-100k) or the path of a TOML file.
    Without --trials, --seed and --epochs, the definition's own values apply.

    The objective is nDCG@10 on validation data; test data is not used. Every trial is stored as it
    runs, so the same command continues after an interruption. Ctrl-C keeps all finished trials and
    queues the unfinished ones again; a second Ctrl-C does not wait for the current step.

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
    chosen = Options(overrides=data_overrides(options), **options)
    chosen.check()
    from search.session import run_study

    outcome = run_study(study, chosen)
    for line in outcome.lines():
        print(line)
    if as_json:
        import json

        print(json.dumps(outcome.as_json()), flush=True)
    return INTERRUPTED if outcome.interrupted else 0


if __name__ == "__main__":
    main(run, "search.run")
