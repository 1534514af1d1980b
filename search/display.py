"""A search as a person sees it: a live panel in a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from neumf.durations import format_duration
from neumf.metrics import OBJECTIVE
from neumf.saying import say
from neumf.waiting import moves
from search.coordinator import Observer
from search.status import SearchStatus
from studies.ledger.job import EpochResult, Job

ROWS_BESIDE_WORKERS = 12
"""Of a terminal, kept for the rest of the panel and for lines above it."""

SLOW = 0.1
"""Epochs a second below which their number says nothing."""


@contextmanager
def watch(status: SearchStatus, console: Console) -> Iterator[Observer]:
    """An observer that keeps ``status`` and shows it while the context lasts."""
    display = Display(status, console)
    if not moves(console):
        yield display
        return

    def draw() -> RenderableType:
        return panel(status, console.height)

    with Live(console=console, refresh_per_second=4, get_renderable=draw):
        yield display


class Display:
    """Keeps the status and prints a line for each trial that ends."""

    def __init__(self, status: SearchStatus, console: Console) -> None:
        self._status = status
        self._console = console

    def started(self, slot: int, job: Job) -> None:
        self._status.started(slot, job)

    def pretraining(self, slot: int, job: Job, epoch: int, epochs: int) -> None:
        self._status.pretraining(slot, job, epoch, epochs)

    def remark(self, job: Job, text: str) -> None:
        say(self._console, self._status.remark(job, text))

    def epoch(self, slot: int, job: Job, epoch: EpochResult) -> None:
        self._status.epoch(slot, job, epoch)

    def ended(self, job: Job, verdict: str, epochs: list[EpochResult]) -> None:
        line = self._status.ended(job, verdict, epochs)
        if moves(self._console):  # which would break it within a word
            self._console.print(line, markup=False, emoji=False, highlight=False)
        else:
            say(self._console, line)

    def idle(self, slot: int) -> None:
        self._status.doing[slot] = "idle"

    def died(self, job: Job, reason: str) -> None:
        say(self._console, self._status.died(job, reason))

    def notice(self, text: str) -> None:
        say(self._console, text)

    def tick(self, done: int, total: int) -> None:
        self._status.tick(done, total)


def panel(status: SearchStatus, height: int) -> RenderableType:
    """The live panel: progress, best so far, each worker, pace.

    ``height`` is the terminal's: workers for which it has no room are only counted.
    """
    head = Text(f"{status.done}/{status.total} {status.unit}s", style="bold")
    head.append(f"  {format_duration(status.seconds)}", style="not bold")
    if status.seconds_left is not None:
        head.append(f", {format_duration(status.seconds_left)} left", style="not bold")
    head.append(f"  {_speed(status.epochs_per_second)}", style="not bold dim")
    best = Text(f"no complete {status.unit} yet", style="dim")
    if status.best is not None:
        best = Text(f"best {OBJECTIVE.name} {status.best.value:.4f}", style="bold green")
        best.append(f"  {status.unit} {status.best.number}\n", style="not bold")
        best.append(status.best.configuration, style="not bold")
    grid = Table.grid(expand=True)  # a bar ends without a line break; a cell brings its own
    grid.add_row(head)
    grid.add_row(ProgressBar(total=max(status.total, 1), completed=status.done))
    grid.add_row(best)
    shown = sorted(status.doing.items())[: max(1, height - ROWS_BESIDE_WORKERS)]
    for slot, doing in shown:
        line = Text(f"worker {slot:<2d}  ", style="dim", no_wrap=True, overflow="ellipsis")
        grid.add_row(line.append(doing, style="not dim"))
    if len(shown) < len(status.doing):
        grid.add_row(Text(f"and {len(status.doing) - len(shown)} more workers", style="dim"))
    title = Text(f"neumf-search  {status.phase}".rstrip())
    return Panel(grid, title=title, border_style="dim")


def _speed(epochs_per_second: float) -> str:
    """Of all workers together."""
    if 0 < epochs_per_second < SLOW:
        return f"an epoch in {format_duration(1 / epochs_per_second)}"
    return f"{epochs_per_second:.1f} epochs/s"
