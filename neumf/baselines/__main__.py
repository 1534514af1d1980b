"""``python -m neumf.baselines``: what there is to beat on a data set."""

from __future__ import annotations

import json
from typing import Any

import click

from neumf.cli import data_options, data_overrides, json_option, main, seed_option
from neumf.protocol.split import DEFAULT_SPLIT, SPLITS, SplitMethod


@click.command(context_settings={"max_content_width": 100})
@data_options("ml-100k")
@click.option(
    "--split",
    type=click.Choice(SPLITS),
    default=DEFAULT_SPLIT,
    show_default=True,
    help="each user's last interactions, or 80/10/10 at random (the notebook's)",
)
@click.option(
    "--candidates",
    default="99",
    show_default=True,
    help='unseen items ranked beside each held-out one, or "all"',
)
@seed_option(0)
@json_option
def command(
    data: str, split: SplitMethod, candidates: str, seed: int, as_json: bool, **options: Any
) -> None:
    """Tune the baselines on validation data: popularity, item-kNN, EASE^R and iALS.

    Each is fitted with every point of a small grid, and shown with its best one by nDCG@10. Test
    data is not used.
    """
    overrides = data_overrides(options)
    import loky
    from rich.console import Console

    from neumf.baselines.catalogue import BASELINES
    from neumf.baselines.display import line, shown_as_json, table, watched
    from neumf.baselines.tuning import tune
    from neumf.data.console import load_with_progress
    from neumf.data.source import DataSource
    from neumf.protocol.evaluation_protocol import (
        EvaluationProtocol,
        describe_candidates,
        make_problem,
        parse_candidates,
        split_interactions,
        validation_lists,
    )

    console = Console()
    protocol = EvaluationProtocol(split=split, candidates=parse_candidates(candidates))
    interactions = load_with_progress(DataSource.given(data, overrides), console)
    parts = split_interactions(interactions, protocol, seed)
    problem = make_problem(interactions, parts, protocol, seed)
    lists = validation_lists(interactions, parts, protocol, seed)
    if short := describe_candidates(interactions, parts, protocol):
        print(short)
    ...


if __name__ == "__main__":
    main(command, "neumf.baselines")
