"""What a session goes through, one phase after another."""

from __future__ import annotations

from typing import Literal, get_args

from search.options import Options

Phase = Literal[
    "searching",
    "confirming",
    "tuning simple models",
    "opening the test split",
    "saving the model",
    "auditing the pruner",
    "comparing the halves",
]
"""In their order."""


def planned(options: Options, *, is_short: bool) -> tuple[Phase, ...]:
    """Those of a session; ``is_short``: trials are still to be made. A phase may turn out to have
    been done before."""
    opens = options.confirm and options.open
    wanted: dict[Phase, bool] = {
        "searching": is_short,
        "confirming": options.confirm,
        "tuning simple models": options.confirm,
        "opening the test split": opens,
        "saving the model": opens,
        "auditing the pruner": options.audit > 0,
        "comparing the halves": options.twins > 0,
    }
    return tuple(phase for phase in get_args(Phase) if wanted[phase])


def place(phase: Phase, phases: tuple[Phase, ...]) -> str:
    """``[2/5] ``, to be put before words about it; nothing where it is the only one."""
    if len(phases) < 2 or phase not in phases:
        return ""
    return f"[{phases.index(phase) + 1}/{len(phases)}] "
