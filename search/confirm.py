"""What to believe of a search: ``python -m search.confirm [STUDY]``."""

from __future__ import annotations

from typing import Any

import click

from neumf.cli import data_overrides, main
from search.command import run_session, session_options
from search.options import Options


@click.command(context_settings={"max_content_width": 100})
@click.argument("study", default="ml-100k")
@click.option(
    "--top",
    type=int,
    default=5,
    show_default=True,
    metavar="K",
    help="how many of the best configurations to train again",
)
@click.option(
    "--seeds",
    "fresh_seeds",
    type=int,
    default=5,
    show_default=True,
    metavar="N",
    help="with how many fresh seeds",
)
@click.option(
    "--open/--no-open",
    default=True,
    show_default=True,
    help="measure the chosen one on the test split, which happens once, and save the model",
)
@session_options
def confirm(study: str, as_json: bool, **options: Any) -> int:
    """Confirm what a search of STUDY has found, and open the test split.

    The best of many trials is a lucky number: it was picked for being high. So the best
    configurations, and the starting points that they are compared with, are trained again with
    fresh seeds, and ranked by the mean over seeds and users. Those that cannot be told apart are
    said to be so; of these the smallest is chosen. Popularity, item-kNN, EASE and iALS are tuned on
    the same validation lists.

    Then the test split is opened, once: the chosen configuration and all that it is compared with
    are trained on train and validation, and measured. The record stays; run again, the command
    shows it and evaluates nothing. The model is saved: see --model.

    Nothing finished is trained again, whatever interrupted it. The other options are those that the
    search was run with.

    \b
    Examples:
      python -m search.confirm
      python -m search.confirm my-study.toml --data interactions.csv --top 10 --no-open
    """  # noqa: D301 - click reads the escape
    chosen = Options(overrides=data_overrides(options), search=False, **options)
    return run_session(study, chosen, as_json=as_json)


if __name__ == "__main__":
    main(confirm, "search.confirm")
