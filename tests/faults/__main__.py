"""What studies survive: ``python -m tests.faults --faults 500 --seed 7``."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from tests.faults.harness import befall
from tests.faults.session import Violation
from tests.faults.tally import Tally
from tests.signals import signals_heard

COLUMNS = ("fault", "inflicted", "resumed", "lost")
BAR = (TextColumn("faults"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


@click.command()
@click.option("--faults", type=click.IntRange(1), default=500, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="print JSON instead of a table")
def main(faults: int, seed: int, as_json: bool) -> None:
    """Have FAULTS befall small studies, drawn by SEED. Stops at the first that does harm."""
    console = Console(stderr=True)
    console.print(f"{faults} faults, seed {seed}")
    folder, problem = Path(tempfile.mkdtemp(prefix="neumf-faults-")), None
    with signals_heard(), Progress(*BAR, console=console) as progress:
        task = progress.add_task("faults", total=faults)
        tally = Tally(lambda: progress.advance(task))
        try:
            befall(faults, seed, folder, tally)
        except Violation as violation:
            problem = f"{violation}\nits files are in {folder}"
        except KeyboardInterrupt:
            problem = "interrupted"
    if as_json:
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in tally.rows]
        print(json.dumps({"seed": seed, "faults": rows}))
    else:
        table = Table(COLUMNS[0], *(Column(name, justify="right") for name in COLUMNS[1:]))
        for row in tally.rows:
            table.add_row(*map(str, row))
        Console().print(table)
    if problem is not None:
        sys.exit(problem)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
