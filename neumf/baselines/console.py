"""Tuning as a person sees it: a bar for each baseline, and a table at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import loky
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from neumf.baselines.baseline import Baseline, Hyperparameters
from neumf.baselines.catalogue import BASELINES
from neumf.baselines.tuning import Tried, Tuned, tune
from neumf.durations import format_duration
from neumf.evaluation.measurement import headline, metrics
from neumf.metrics import HEADLINE, OBJECTIVE
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.problem import Problem
from neumf.saying import say


def tune_with_progress(
    problem: Problem, lists: MeasuredLists, seed: int, console: Console
) -> Iterator[Tuned]:
    """Tune all baselines one after the other, with all CPUs. One that refuses says why."""
    threads = int(loky.cpu_count())
    for baseline in BASELINES.values():
        refusal = baseline.refusal(problem.n_users, problem.n_items, len(problem.users))
        if refusal:
            say(console, f"{baseline.label} {refusal}")
        else:
            yield tune_with_bar(baseline, problem, lists, seed, console, threads=threads)


def tune_with_bar(
    baseline: Baseline,
    problem: Problem,
    lists: MeasuredLists,
    seed: int,
    console: Console,
    *,
    threads: int,
    known: Sequence[Tried] = (),
    progress: Callable[[Tried], None] = lambda _: None,
) -> Tuned:
    """:func:`neumf.baselines.tuning.tune`, with a bar where there is a terminal."""
    text = TextColumn("{task.description}")
    columns = SpinnerColumn(), text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(baseline.label, total=len(baseline.grid), completed=len(known))

        def tried(point: Tried) -> None:
            bar.advance(task)
            progress(point)

        return tune(baseline, problem, lists, seed, threads=threads, known=known, progress=tried)


def describe_tuned(tuned: Tuned) -> str:
    """In a line."""
    label, chosen = BASELINES[tuned.name].label, describe_hyperparameters(tuned.hyperparameters)
    took = format_duration(tuned.seconds)
    return f"{label}: {OBJECTIVE.name} {tuned.value:.4f}, hyperparameters {chosen}, {took}"


def tuned_table(tuned: Sequence[Tuned], lists: MeasuredLists) -> Table:
    """A row a baseline, in the headline's way of measuring."""
    table = Table(box=SIMPLE_HEAD)
    table.add_column("baseline")
    for name in (*(metric.name for metric in HEADLINE), "tried", "time"):
        table.add_column(name, justify="right")
    table.add_column("best hyperparameters")
    for each in tuned:
        values = metrics(each.measurement, lists, headline(lists))
        table.add_row(
            BASELINES[each.name].label,
            *(f"{values[metric.name]:.4f}" for metric in HEADLINE),
            str(len(each.tried)),
            format_duration(each.seconds),
            describe_hyperparameters(each.hyperparameters),
        )
    return table


def describe_hyperparameters(hyperparameters: Hyperparameters) -> str:
    """``factors 64, alpha 0.3, l2 6``; "none" for a method without any."""
    return ", ".join(f"{name} {value:g}" for name, value in hyperparameters.items()) or "none"
