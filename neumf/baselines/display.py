"""Tuned baselines, as a person sees them and as a machine reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from neumf.baselines.baseline import Hyperparameters
from neumf.baselines.catalogue import BASELINES
from neumf.baselines.tuning import Tuned
from neumf.durations import format_duration
from neumf.evaluation.measurement import all_metrics, headline, metrics
from neumf.metrics import HEADLINE
from neumf.protocol.measured_lists import MeasuredLists


def describe_hyperparameters(hyperparameters: Hyperparameters) -> str:
    """``factors 64, alpha 0.3, l2 6``; "none" for a method without any."""
    return ", ".join(f"{name} {value:g}" for name, value in hyperparameters.items()) or "none"


def tuned_table(tuned: Sequence[Tuned], lists: MeasuredLists) -> Table:
    """A row a baseline, in the headline's way of measuring."""
    table = Table(box=SIMPLE_HEAD)
    table.add_column("baseline")
    table.add_column("best hyperparameters")
    for column in (*(metric.name for metric in HEADLINE), "tried", "time"):
        table.add_column(column, justify="right")
    for each in tuned:
        values = metrics(each.measurement, lists, headline(lists))
        table.add_row(
            BASELINES[each.name].label,
            describe_hyperparameters(each.hyperparameters),
            *(f"{values[metric.name]:.4f}" for metric in HEADLINE),
            str(len(each.tried)),
            format_duration(each.seconds),
        )
    return table


def tuned_as_json(tuned: Tuned, lists: MeasuredLists) -> dict[str, Any]:
    """What was found, every metric in every way of measuring, and what was tried."""
    return {
        "name": tuned.name,
        "hyperparameters": dict(tuned.hyperparameters),
        "validation": all_metrics(tuned.measurement, lists),
        "tried": [
            {"hyperparameters": dict(each.hyperparameters), "value": each.value}
            for each in tuned.tried
        ],
        "seconds": tuned.seconds,
    }
