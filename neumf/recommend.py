"""A saved model at work: ``python -m neumf.recommend``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neumf.cli import json_option, main

if TYPE_CHECKING:
    from neumf.saved_model.recommender import Recommender, TopItems


@click.command(context_settings={"max_content_width": 100})
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--user", "users", multiple=True, metavar="ID", help="whom to recommend; repeatable")
@click.option("--all", "everyone", is_flag=True, help="recommend to every user, into --output")
@click.option(
    "--similar", multiple=True, metavar="ITEM", help="items most like this one; repeatable"
)
@click.option("--top", default=10, show_default=True, help="how many items a list has")
@click.option(
    "--fallback", is_flag=True, help="give unknown users what most users have seen, not an error"
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="write the lists there instead, whole or not at all: .csv or .parquet",
)
@click.option(
    "--titles",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="item ids and titles, CSV, TSV or Parquet, if the model has no titles",
)
@json_option
def command(
    model: Path,
    users: tuple[str, ...],
    everyone: bool,
    similar: tuple[str, ...],
    top: int,
    fallback: bool,
    output: Path | None,
    titles: Path | None,
    as_json: bool,
) -> None:
    """Recommend items that a user has not seen, by the model in the folder MODEL.

    With neither --user, --all nor --similar, say what the model is. A score is a logit: it orders
    items, and is no probability.
    """
    from neumf.errors import UserError

    if bool(users) + everyone + bool(similar) > 1:
        raise UserError("give one of --user, --all and --similar")
    if everyone and output is None:
        raise UserError("--all needs --output FILE.csv or FILE.parquet")
    if top < 1:
        raise UserError(f"top = {top}: must be at least 1")
    from neumf.saved_model.display import describe
    from neumf.saved_model.recommender import Recommender

    if output is not None:
        from neumf.saved_model.output import check_output

        check_output(output)
    recommender = Recommender.load(model, titles)
    if output is not None and everyone:
        summary = _recommend_all(recommender, top, output)
    elif users:
        lists = _recommend(recommender, users, top, fallback)
        summary = _show(lists, "user", "user", output)
    elif similar:
        lists = recommender.similar([recommender.items.parse(text) for text in similar], top)
        summary = _show(lists, "like", "like item", output)
    else:
        describe(recommender, model)
        summary = {"facts": recommender.facts}
    if as_json:
        print(json.dumps(summary))


def _recommend(
    recommender: Recommender, users: tuple[str, ...], top: int, fallback: bool
) -> TopItems:
    """The users' lists, and a line for each user who is not known."""
    from neumf.saying import plain

    asked = [recommender.users.parse(text) for text in users]
    lists = recommender.recommend(asked, top, fallback=fallback)
    for user, code in zip(asked, recommender.users.find(asked), strict=True):
        if code < 0:
            print(f"user {plain(user)} is unknown: what most users have seen, and how many")
    return lists


def _show(lists: TopItems, of: str, heading: str, output: Path | None) -> dict[str, Any]:
    """Print the lists, or write them; and what JSON has of them."""
    from neumf.saved_model.display import as_dicts, print_lists

    if output is None:
        print_lists(lists, heading)
        return {"lists": as_dicts(lists, of)}
    from neumf.saved_model.output import write_lists

    rows = write_lists(output, [lists], of)
    print(f"{rows:,} rows in {output}")
    return {"output": str(output), "rows": rows}


def _recommend_all(recommender: Recommender, top: int, output: Path) -> dict[str, Any]:
    """Every user's list into ``output``, with a progress bar."""
    from time import perf_counter

    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from neumf.saved_model.output import write_lists
    from neumf.terminal import make_console

    console = make_console(stderr=False)
    columns = TextColumn("users"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    n = len(recommender.user_ids)
    recommender.recommend(recommender.user_ids[:1], 1)  # compiled code is loaded off the clock
    began = perf_counter()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("users", total=n)

        def blocks() -> Iterator[TopItems]:
            for block in recommender.recommend_all(top):
                yield block
                bar.advance(task, int((block.ranks == 1).sum()))

        rows = write_lists(output, blocks())
    seconds = perf_counter() - began
    print(
        f"{n:,} users, {rows:,} rows in {output}: {seconds:.1f} s,"
        f" {n / seconds:,.0f} users a second"
    )
    return {"output": str(output), "users": n, "rows": rows, "seconds": round(seconds, 3)}


if __name__ == "__main__":
    main(command, "neumf.recommend")
