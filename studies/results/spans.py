"""When a piece of a study's work was done, by which worker, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple, get_args

Phase = Literal["search", "confirming", "simple models", "opening"]
PHASES: tuple[Phase, ...] = get_args(Phase)
"""In the order of a session."""


class Span(NamedTuple):
    """A trial, a run over a fresh seed, or the tuning of a simple model.

    Times are by the clock of the machine that owned the study, without a zone, as Optuna stores
    them: they compare with each other and with nothing else.
    """

    phase: Phase
    name: str  # for people
    state: str  # as a trial's
    started: datetime
    finished: datetime
    worker: int | None = None  # its place in the pool; None: not recorded, or no worker's work
    session: int | None = None  # as a trial's
    trial: int | None = None  # whose configuration it is

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.finished - self.started).total_seconds()
