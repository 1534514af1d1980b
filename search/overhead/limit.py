"""How long a measurement may go on."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from neumf.errors import UserError


class Limit:
    """A person's wish to stop, and a time by which ``what`` must be over."""

    def __init__(
        self,
        what: str,
        seconds: float,
        stop_requested: Callable[[], bool],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._what, self._seconds = what, seconds
        self._stop_requested = stop_requested
        self._clock, self._until = clock, clock() + seconds

    def is_over(self) -> bool:
        return self._stop_requested() or self._clock() > self._until

    def check(self) -> None:
        """Raises KeyboardInterrupt: a stop is requested. UserError: it took too long."""
        if self._stop_requested():
            raise KeyboardInterrupt
        if self.is_over():
            raise UserError(
                f"{self._what} took more than {self._seconds:g} s; try fewer --trials, or a machine"
                " with less to do"
            )
