"""What a rehearsal took, as a section of SCALING.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from neumf.bench.machine import describe_machine
from neumf.bench.shapes import Shape
from neumf.durations import format_duration
from reports import text
from reports.document import as_table
from search.rehearsal.watching import Seen, Watched


def name_of(shape: Shape) -> str:
    """A section's: a page has one for each size."""
    return f"rehearsal of {shape.n_users} users, {shape.n_items} items, {shape.n_interactions}"


def section(shape: Shape, command: str, file_bytes: int, watched: Mapping[str, Watched]) -> str:
    """In Markdown. ``command`` made it; ``file_bytes`` is the size of the CSV."""
    machine = describe_machine()
    size = (
        f"{text.thousands(shape.n_interactions)} interactions,"
        f" {text.thousands(shape.n_users)} users and {text.thousands(shape.n_items)} items"
    )
    parts = [
        f"## What a study of {size} takes",
        (
            f"By `{command}` on {machine['cores']} cores ({machine['processor']}), with"
            f" interactions that are made up, in a CSV of {_megabytes(file_bytes)}."
        ),
        "\n".join(f"{n}. `{command}`" for n, command in enumerate(watched, 1)),
        as_table(_rows(watched)),
        (
            "Memory and disk were looked at twice a second: the most of each phase. Pages that"
            " processes share count once. `silence`: the longest time for which nothing was written"
            " to the terminal."
            f" Disk includes the CSV. All of it took {format_duration(_seconds(watched))}."
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _rows(watched: Mapping[str, Watched]) -> Iterator[Sequence[str]]:
    yield "", "phase", "time", "silence", "coordinator", "workers", "both", "disk"
    for number, one in enumerate(watched.values(), 1):
        for seen in one.phases:
            yield (
                str(number),
                seen.phase,
                format_duration(seen.seconds),
                f"{seen.silence:.1f} s",
                *_sizes(seen),
            )


def _sizes(seen: Seen) -> Sequence[str]:
    """Nothing of a phase that was over before anybody had looked."""
    if not seen.glances:
        return (text.MISSING,) * 4
    return [_megabytes(n) for n in (seen.coordinator, seen.workers, seen.memory, seen.disk)]


def _seconds(watched: Mapping[str, Watched]) -> float:
    return sum(seen.seconds for one in watched.values() for seen in one.phases)


def _megabytes(count: int) -> str:
    return f"{text.thousands(round(count / 1e6))} MB"
