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
    "--trials", type=int, help="trials the study shall have in all; raise it to extend the study"
)
@click.option("--timeout", type=float, help="seconds after which no new trial starts")
@click.option("--workers", type=int, help="worker processes, one thread each  [default: the cores]")
@storage_option
@click.option("--name", help="store the study under this name, in place of its own")
@data_options()
@seed_option()
@hyperparameter_option("epochs", of_study=True)
@engine_options
@click.option("--report/--no-report", default=True, show_default=True, help="write the HTML report")
@click.option(
    "--audit",
    type=int,
    default=0,
    metavar="N",
    help="then train N pruned trials to their end and tell how many would have been among the best",
)
@json_option
def run(study: str, as_json: bool, **options: Any) -> int:
    """Search NeuMF's configuration for STUDY, the name of a definition in studies/ or a path.

    Results are stored as they come. Run the same command again to continue after an interruption;
    Ctrl-C keeps all finished trials and queues the unfinished ones again. Only validation data is
    looked at.

    \b
    Examples:
      python -m search.run --trials 100
      python -m search.run quick
      python -m search.run my-study.toml --data interactions.csv --workers 4
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
