"""The figures for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table

from neumf.bench.growth import Growth
from neumf.bench.ranking import Ranking
from neumf.bench.steps import FUSED, NOTEBOOK, TORCH, Steps


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for n, column in enumerate(columns):
        table.add_column(column, justify="left" if n == 0 else "right")
    return table


def steps(measured: Sequence[Steps]) -> Table:
    table = _table(
        "Training, microseconds a step",
        "factors",
        "fused",
        "PyTorch",
        "notebook",
        "floor",
        "PyTorch / fused",
        "notebook / fused",
        "fused / floor",
        "fused samples/s",
    )
    for each in measured:
        ratios, us = each.ratios(), each.engines
        table.add_row(
            str(each.predictive_factors),
            *(f"{us[name]:,.0f}" for name in (FUSED, TORCH, NOTEBOOK)),
            f"{each.floor:,.0f}",
            f"{ratios['torch_over_fused']:.1f}",
            f"{ratios['notebook_over_fused']:.1f}",
            f"{ratios['fused_over_floor']:.2f}",
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
        "Growth",
        "shape",
        "users",
        "items",
        "interactions",
        "update",
        "samples/s",
        "MB",
        "bytes an interaction*",
    )
    for each in measured:
        known = each.memory_bytes is not None and each.bytes_per_interaction is not None
        table.add_row(
            each.shape,
            f"{each.n_users:,}",
            f"{each.n_items:,}",
            f"{each.interactions:,}",
            each.update,
            f"{each.samples_per_s:,.0f}",
            f"{(each.memory_bytes or 0) / 1e6:,.0f}" if known else "?",
            f"{each.bytes_per_interaction or 0:.0f}" if known else "?",
        )
    table.caption = "* beyond three times the parameters"
    return table


def profile(factors: int, parts: Mapping[str, float]) -> Table:
    table = _table(f"Where an epoch goes, {factors} factors", "part", "ms", "%")
    for name, ms in parts.items():
        table.add_row(name, f"{ms:,.1f}", f"{100 * ms / parts['epoch']:.0f}")
    return table
