"""Signals that end a process, met as Ctrl-C is: what is open is put in order first."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class _Ended(BaseException):
    """Somebody asks the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Have SIGTERM and SIGHUP leave what runs inside, so that a terminal has its cursor back and
    temporary folders go, and then end the process as they do. What the caller had ignored
    (``nohup``) stays ignored."""
    terminals = open_terminals()
    handled = [number for number in ENDING if signal.getsignal(number) == signal.SIG_DFL]

    def receive(number: int, _frame: FrameType | None) -> None:
        for each in handled:  # once: timeout sends its signal twice
            signal.signal(each, signal.SIG_IGN)
        if number == getattr(signal, "SIGHUP", None):
            silence(terminals)
        raise _Ended(number)

    for number in handled:
        signal.signal(number, receive)
    try:
        yield
    except _Ended as ended:
        signal.signal(ended.number, signal.SIG_DFL)
        signal.raise_signal(ended.number)
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)


def open_terminals() -> list[int]:
    """Those of standard output and error that are terminals."""
    return [descriptor for descriptor in (1, 2) if os.isatty(descriptor)]


def silence(terminals: Sequence[int]) -> None:
    """Write nowhere instead of to terminals that are gone, which would be an error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in terminals:
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
