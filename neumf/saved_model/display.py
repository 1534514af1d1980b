"""Lists and models as a person, or a program, reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neumf.metrics import OBJECTIVE
from neumf.saved_model.recommender import Recommender, TopItems
from neumf.saying import plain


def print_lists(lists: TopItems, heading: str) -> None:
    """A heading and a line an item, for each list."""
    titles = [""] * len(lists) if lists.titles is None else lists.titles.tolist()
    width = max((len(plain(item)) for item in lists.items.tolist()), default=0)
    rows = zip(
        lists.of.tolist(), lists.ranks, lists.scores, lists.items.tolist(), titles, strict=True
    )
    for owner, rank, score, item, title in rows:
        if rank == 1:
            print(f"{heading} {plain(owner)}")
        print(f"{rank:4d}  {score:9.4f}  {plain(item):<{width}}  {plain(title)}".rstrip())


def as_dicts(lists: TopItems, of: str) -> list[dict[str, Any]]:
    """The lists for JSON: ``{of: 42, "items": [{"rank": 1, "item": ...}, ...]}``."""
    found: list[dict[str, Any]] = []
    columns = {name: column.tolist() for name, column in lists.columns(of).items()}
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        owner = row.pop(of)
        if row["rank"] == 1:
            found.append({of: owner, "items": []})
        found[-1]["items"].append(row)
    return found


def describe(recommender: Recommender, model: Path) -> None:
    """What the model is, as far as its facts say."""
    facts = recommender.facts
    print(f"{plain(model)}: {plain(recommender)}")
    if trained_on := facts.get("trained_on"):
        print(f"trained on {plain(trained_on)}")
    metrics = facts.get("metrics")
    for part, of_part in metrics.items() if isinstance(metrics, dict) else ():
        value = of_part.get(OBJECTIVE.name) if isinstance(of_part, dict) else None
        if value is not None:
            print(f"{plain(part)} {OBJECTIVE.name} {_figure(value)}")
    data = facts.get("data")
    if isinstance(data, dict) and "terms" in data:
        print(f"terms: {plain(data['terms'])}")


def _figure(value: Any) -> str:
    """A number, or a mean with its interval."""
    if isinstance(value, dict) and {"mean", "low", "high"} <= value.keys():
        return f"{_figure(value['mean'])} [{_figure(value['low'])}, {_figure(value['high'])}]"
    return f"{value:.4f}" if isinstance(value, float) else plain(value)
