"""``python -m neumf.baselines``: what there is to beat on a data set."""

from __future__ import annotations

import json
from typing import Any

import click

from neumf.cli import data_options, data_overrides, json_option, main, seed_option
from neumf.protocol.options import protocol_options
from neumf.protocol.split import SplitMethod


@click.command(context_settings={"max_content_width": 100})
@data_options("ml-100k")
@protocol_options
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
    from neumf.baselines.console import tune_with_progress, tuned_table
    from neumf.data.console import load_with_progress
    from neumf.data.source import DataSource
    from neumf.evaluation.measurement import IN_WORDS, headline
    from neumf.protocol.console import prepare_with_progress
    from neumf.protocol.evaluation_protocol import (
        EvaluationProtocol,
        parse_candidates,
        validation_lists,
    )
    from neumf.terminal import make_console
    from neumf.waiting import waiting

    console = make_console(stderr=False)
    protocol = EvaluationProtocol(split=split, candidates=parse_candidates(candidates))
    interactions = load_with_progress(DataSource.given(data, overrides), console)
    parts, problem, short = prepare_with_progress(interactions, protocol, seed, console)
    with waiting(console, "drawing the lists to measure on"):
        lists = validation_lists(interactions, parts, protocol, seed)
    if short:
        print(short)
    found = list(tune_with_progress(problem, lists, seed, console))
    console.print(tuned_table(found, lists))
    print(f"(validation, {IN_WORDS[headline(lists)]})")
    if as_json:
        baselines = [each.as_json(lists) for each in found]
        print(json.dumps({"seed": seed, "baselines": baselines}))


if __name__ == "__main__":
    main(command, "neumf.baselines")
