"""``python -m neumf.bench``: training, evaluation and growth, measured on this machine."""

from __future__ import annotations

from typing import Any

import click

from neumf.cli import main


@click.command(context_settings={"max_content_width": 100})
@click.option("--json", "as_json", is_flag=True, help="end with a machine-readable line")
@click.option("--profile", is_flag=True, help="show where an epoch goes instead")
@click.option("--quick", is_flag=True, help="8 factors, small shapes and few turns: seconds")
def bench(as_json: bool, profile: bool, quick: bool) -> None:
    """Measure how fast training and evaluation run here.

    Synthetic data of MovieLens' shapes; batch 256, 3 layers, dropout 0.3; one thread. What is
    compared takes turns, and the medians are shown. The floor of a step is its matrix products
    through the same BLAS with nothing between them, plus one pass of Adam over memory. A worn model
    is one after an epoch of strong weight decay.
    """
    import json

    from rich.console import Console

    from neumf.bench.machine import describe_machine
    from neumf.bench.run import QUICK, Extent, compare, explain

    console = Console()
    machine = describe_machine()
    console.print(", ".join(f"{name} {value}" for name, value in machine.items()))
    found: dict[str, Any] = {}
    extent = QUICK if quick else Extent()
    for section in (explain if profile else compare)(extent):
        console.print(section.table())
        found.setdefault(section.name, []).extend(section.rows)
    if as_json:
        print(json.dumps({**found, "machine": machine}))


if __name__ == "__main__":
    main(bench, "neumf.bench")
