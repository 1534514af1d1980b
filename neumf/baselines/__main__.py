"""``python -m neumf.baselines``: what there is to beat on a data set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from neumf.cli import data_options, data_overrides, json_option, main, seed_option
from neumf.protocol.split import DEFAULT_SPLIT, SPLITS, SplitMethod

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from neumf.baselines.tuning import Tried, Tuned
    from neumf.protocol.measured_lists import MeasuredLists
    from neumf.protocol.problem import Problem


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
    from rich.console import Console

    from neumf.baselines.display import tuned_as_json, tuned_table
    from neumf.data.console import load_with_progress
    from neumf.data.source import DataSource
    from neumf.evaluation.measurement import headline
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
    found = list(_tune_all(problem, lists, seed, console))
    console.print(tuned_table(found, lists))
    print(EXPLANATIONS[headline(lists)])
    if as_json:
        baselines = [tuned_as_json(each, lists) for each in found]
        print(json.dumps({"seed": seed, "baselines": baselines}))


EXPLANATIONS = {
    "expected": "Metrics are averages over all draws of the candidates (validation).",
    "catalogue": "Metrics are those of the whole catalogue (validation).",
}


def _tune_all(
    problem: Problem, lists: MeasuredLists, seed: int, console: Console
) -> Iterator[Tuned]:
    """One after the other, with a bar; one that refuses the data says why."""
    import loky
    from rich.progress import BarColumn, Progress, TextColumn

    from neumf.baselines.catalogue import BASELINES
    from neumf.baselines.tuning import tune

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[best]}")
    threads = int(loky.cpu_count())
    for baseline in BASELINES.values():
        size = problem.n_users, problem.n_items, len(problem.users)
        if refusal := baseline.refusal(*size):
            console.print(f"{baseline.label} {refusal}", highlight=False, soft_wrap=True)
            continue
        with Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        ) as bar:
            task = bar.add_task(baseline.label, total=len(baseline.grid), best="")

            def show(tried: Tried, task: TaskID = task, bar: Progress = bar) -> None:
                bar.update(task, advance=1, best=f"nDCG@10 {tried.value:.4f}")

            yield tune(baseline, problem, lists, seed, threads=threads, progress=show)


if __name__ == "__main__":
    main(command, "neumf.baselines")
