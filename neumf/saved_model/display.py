"""Lists and models as a person, or a program, reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neumf.saved_model.recommender import Recommender, TopItems


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
    print(f"{model}: {recommender!r}")
    if "trained_on" in facts:
        print(f"trained on {facts['trained_on']}")
    for part, metrics in facts.get("metrics", {}).items():
        if isinstance(metrics, dict) and "nDCG@10" in metrics:
            print(f"{part} nDCG@10 {_figure(metrics['nDCG@10'])}")
    if terms := facts.get("data", {}).get("terms"):
        print(f"terms: {terms}")


def _figure(value: Any) -> str:
    """A number, or a mean with its interval."""
    if isinstance(value, dict):
        return f"{value['mean']:.4f} [{value['low']:.4f}, {value['high']:.4f}]"
    return f"{value:.4f}"


def plain(value: Any) -> str:
    """With escapes: a file may hold anything, and a terminal would obey it."""
    text = str(value)
    return text if text.isprintable() else repr(text)[1:-1]
