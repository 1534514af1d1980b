"""The wish to stop, of a person or a job scheduler: noted when it comes, met between two events,
so that no transaction is cut."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

from neumf.signals import open_terminals, silence

SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")  # SIGHUP: the terminal was closed
    if hasattr(signal, name)
]

PATIENCE_SECONDS = 1.0
"""A second Ctrl-C is an order only this long after the first request: ``timeout``, ``srun`` and
others send their signal to the process and to its group, so that it arrives twice."""


class StopRequest:
    """Whether a stop has been asked for."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._first: float | None = None
        self._is_order = False

    def __call__(self) -> bool:
        return self._first is not None

    def receive(self, number: int) -> None:
        """Take in a signal.

        Raises:
            KeyboardInterrupt: a person insists. Only once, lest it cut the tidying up too.
        """
        now = self._clock()
        if self._first is None:
            self._first = now
        elif (
            number == signal.SIGINT and not self._is_order and now - self._first >= PATIENCE_SECONDS
        ):
            self._is_order = True
            raise KeyboardInterrupt


@contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Note the signals that come inside. What the caller had ignored (``nohup``) stays ignored."""
    request = StopRequest()
    terminals = open_terminals()

    def receive(number: int, _frame: FrameType | None) -> None:
        if number == getattr(signal, "SIGHUP", None):
            silence(terminals)
        request.receive(number)

    before = {s: signal.getsignal(s) for s in SIGNALS}
    handled = [s for s, handler in before.items() if handler != signal.SIG_IGN]
    for number in handled:
        signal.signal(number, receive)
    try:
        yield request
    finally:
        for number in handled:
            signal.signal(number, before[number] or signal.SIG_DFL)
