"""What Ray costs, as a section of SCALING.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import mean, median

from neumf.bench.machine import describe_machine
from reports import text
from reports.document import as_table
from search.overhead.figures import LONG, SHORT, Found, Turn
from search.overhead.memory import WORKER
from search.scaling.page import tell_versions

NAME = "Ray against local workers"
"""Of the section."""

SIZES = (1, 10, 60)
"""Seconds of a trial that the figures are applied to."""

EPOCHS = 20
"""Of such a trial."""

MILLI = 1000


def section(found: Found) -> str:
    """In Markdown."""
    machine = describe_machine()
    parts = [
        f"## {NAME}",
        (
            f"By `python -m search.overhead --workers {found.workers} --trials {found.trials}"
            f" --turns {len(found.local)}` on {machine['cores']} cores ({machine['processor']});"
            f" {tell_versions(found.versions)}."
        ),
        (
            "Local workers are processes, those on Ray actors of a cluster of one node on the same"
            " machine, started anew for each turn. Coordinator, ledger and storage (a new SQLite"
            f" file) are the real ones. A turn is a study of {found.trials} random trials of"
            f" {SHORT} epochs and one of {found.trials} of {LONG}, on made-up interactions; the two"
            " kinds take turns. A trial's time is its worker's, from the trial's start to the next"
            " one's: medians over trials, and then over"
            f" {text.count(len(found.local), 'turn')}, with the least and the most that Ray takes"
            f" more in one. Before, other programs took {text.share(found.busy)} of the cores."
            " Between machines, the network's time comes on top."
        ),
        as_table(_times(found)),
        (
            f"So a trial of {EPOCHS} epochs takes {_number(MILLI * found.more(EPOCHS))} ms more on"
            " Ray, however long it is:"
        ),
        as_table(_shares(found)),
        (
            "Megabytes of memory in the last turn, while the workers are there; what processes have"
            " in common is shared out among them (PSS)."
        ),
        as_table(_memory(found)),
    ]
    return "\n\n".join(parts) + "\n"


def _times(found: Found) -> Iterator[Sequence[str]]:
    yield "", "local", "Ray", "more", "least to most"
    started = [turn.started for turn in found.ray]
    yield "s to start the cluster", text.MISSING, _number(median(started)), *_spread(started)
    figures: dict[str, Callable[[Turn], float]] = {
        "s until all workers are ready": lambda turn: turn.ready,
        f"ms a trial of {SHORT} epochs": lambda turn: MILLI * turn.seconds(SHORT),
        f"ms a trial of {LONG} epochs": lambda turn: MILLI * turn.seconds(LONG),
        "ms of that for training": lambda turn: MILLI * turn.trained(LONG),
    }
    for what, figure in figures.items():
        local, ray = ([figure(turn) for turn in turns] for turns in (found.local, found.ray))
        more = [there - here for here, there in zip(local, ray, strict=True)]
        yield what, _number(median(local)), _number(median(ray)), *_spread(more)
    differences = {
        "ms for each epoch, beside training": found.epoch,
        "ms for each trial, beside its epochs": found.trial,
    }
    for what, seconds in differences.items():
        yield what, text.MISSING, text.MISSING, *_spread([MILLI * each for each in seconds])


def _spread(more: Sequence[float]) -> Sequence[str]:
    return _number(median(more)), f"{_number(min(more))} to {_number(max(more))}"


def _number(value: float) -> str:
    """To three digits or a hundredth, with a minus sign."""
    digits = next((n for n in (2, 1) if round(abs(value), n) < 10 ** (3 - n)), 0)
    return f"{value:.{digits}f}".replace("-", "−")


def _shares(found: Found) -> Iterator[Sequence[str]]:
    more = found.more(EPOCHS)
    yield "seconds with a local worker", *map(str, SIZES)
    yield "of its time on Ray, Ray's", *(_percent(more / (more + size)) for size in SIZES)


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%".replace("-", "−")


def _memory(found: Found) -> Iterator[Sequence[str]]:
    local, ray = found.local[-1].held, found.ray[-1].held
    yield "", "local", "Ray"
    yield "a worker", *(_megabytes(each.get(WORKER, ()), mean) for each in (local, ray))
    rest = {kind: sizes for kind, sizes in sorted(ray.items()) if kind != WORKER}
    for kind, sizes in rest.items():
        yield kind, text.MISSING, _megabytes(sizes)
    yield "all but the workers", text.MISSING, _megabytes([sum(each) for each in rest.values()])


def _megabytes(sizes: Sequence[int], of: Callable[[Sequence[int]], float] = sum) -> str:
    return f"{of(sizes) / 1e6:.0f}" if sizes else text.MISSING
