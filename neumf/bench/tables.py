"""The figures for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from neumf.bench.growth import Growth
from neumf.bench.ranking import Ranking
from neumf.bench.steps import FUSED, NOTEBOOK, TORCH, Steps


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for n, column in enumerate(columns):
        table.add_column(column, justify="left" if n == 0 else "right")
    return table


def steps(measured: Sequence[Steps]) -> Table:
    table = _table(
        "Training, microseconds a step (in brackets: so many times the fused engine's)",
        "factors",
        "fused",
        "PyTorch",
        "notebook",
        "floor",
        "samples/s, fused",
    )
    for each in measured:
        us = each.engines
        table.add_row(
            str(each.predictive_factors),
            f"{us[FUSED]:,.0f}",
            *(f"{t:,.0f} ({t / us[FUSED]:.1f}x)" for t in (us[TORCH], us[NOTEBOOK])),
            f"{each.floor:,.0f} ({each.floor / us[FUSED]:.2f}x)",
            f"{1e6 * each.batch_size / us[FUSED]:,.0f}",
        )
    return table


def ranking(measured: Sequence[Ranking]) -> Table:
    table = _table("Evaluation", "candidates", "factors", "pairs", "milliseconds", "pairs/s")
    for each in measured:
        table.add_row(
            each.candidates,
            str(each.predictive_factors),
            f"{each.pairs:,}",
            f"{1e3 * each.seconds:,.1f}",
            f"{each.pairs / each.seconds:,.0f}",
        )
    return table


def growth(measured: Sequence[Growth]) -> Table:
    table = _table(
        "Growth (fused engine, 16 factors)",
        "shape",
        "users x items",
        "pairs",
        "update",
        "samples/s",
        "MB",
        "bytes/pair*",
    )
    for each in measured:
        memory, bytes_each = each.memory_bytes, each.bytes_per_interaction
        table.add_row(
            each.shape,
            f"{each.n_users:,} x {each.n_items:,}",
            f"{each.interactions:,}",
            each.update,
            f"{each.samples_per_s:,.0f}",
            "?" if memory is None else f"{memory / 1e6:,.0f}",
            "?" if bytes_each is None else f"{bytes_each:.0f}",
        )
    table.caption = "* beyond three times the parameters"
    return table


def profile(factors: int, parts: Mapping[str, float]) -> Table:
    table = _table(f"Where an epoch goes, {factors} factors", "part", "ms", "%")
    for name, ms in parts.items():
        table.add_row(name, f"{ms:,.1f}", f"{100 * ms / parts['epoch']:.0f}")
    return table
