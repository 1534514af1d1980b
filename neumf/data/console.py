"""Loading as a person sees it: a progress bar while fetching, then a few lines on the data."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from neumf.data.description import describe_interactions
from neumf.data.files import cache_dir
from neumf.data.interactions import Interactions
from neumf.data.loading import load
from neumf.data.movielens import CATALOGUE
from neumf.data.source import DataSource
from neumf.saying import say
from neumf.waiting import waiting


def load_with_progress(source: DataSource, console: Console) -> Interactions:
    """See :func:`neumf.data.loading.load`; ``console`` is told what is fetched and what is read."""
    dataset = CATALOGUE.get(source.source)
    if dataset is None or (cache_dir() / dataset.member).is_file():
        with waiting(console, f"reading {source.source}"):
            interactions = load(source)
    else:
        say(console, f"fetching {dataset.name}")
        interactions = _fetch(source, console)
        say(console, "its checksum is as expected")
        say(console, dataset.licence)
    for line in describe_interactions(interactions):
        say(console, line)
    return interactions


def _fetch(source: DataSource, console: Console) -> Interactions:
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(source.source, total=None)
        return load(
            source, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
