"""A search as a person sees it: a live panel in a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from neumf.evaluation.metrics import OBJECTIVE
from search.coordinator import Observer
from search.status import SearchStatus, duration
from studies.ledger.job import EpochResult, Job


@contextmanager
def watch(status: SearchStatus, console: Console) -> Iterator[Observer]:
    """An observer that keeps ``status`` and shows it while the context lasts."""
    if not console.is_terminal:
        yield Display(status, console, None)
        return
    with Live(console=console, refresh_per_second=4, get_renderable=lambda: panel(status)) as live:
        yield Display(status, console, live)


class Display:
    """See :class:`search.coordinator.Observer`."""

    def __init__(self, status: SearchStatus, console: Console, live: Live | None) -> None:
        self._board = status
        self._console = console
        self._live = live

    def started(self, slot: int, job: Job) -> None:
        self._board.started(slot, job)

    def epoch(self, slot: int, job: Job, epoch: EpochResult) -> None:
        self._board.epoch(slot, job, epoch)

    def ended(self, job: Job, verdict: str, epochs: list[EpochResult]) -> None:
        self._say(self._board.ended(job, verdict, epochs))

    def idle(self, slot: int) -> None:
        self._board.doing[slot] = "idle"

    def notice(self, text: str) -> None:
        self._say(text)

    def tick(self, done: int, total: int) -> None:
        self._board.tick(done, total)

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def panel(status: SearchStatus) -> RenderableType:
    """The live panel: progress, best so far, each worker, pace."""
    left = status.seconds_left
    head = Text(f"{status.done}/{status.total} trials", style="bold")
    head.append(f"  {status.epochs_per_second:.1f} epochs/s", style="dim")
    head.append(f"  {duration(left)} left" if left is not None else "", style="dim")
    best = Text("no complete trial yet", style="dim")
    if status.best is not None:
        best = Text(f"best {OBJECTIVE.name} {status.best.value:.4f}", style="bold green")
        best.append(f"  trial {status.best.number}  {status.best.configuration}", style="not bold")
    workers = Table.grid(padding=(0, 1))
    for slot, doing in sorted(status.doing.items()):
        workers.add_row(Text(f"worker {slot}", style="dim"), Text(doing, overflow="ellipsis"))
    bar = ProgressBar(total=max(status.total, 1), completed=status.done)
    return Panel(Group(head, bar, best, workers), title="neumf-search", border_style="dim")
