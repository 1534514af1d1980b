"""Waiting while a server is away: it is restarted, or the network is down."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from neumf.durations import format_duration
from neumf.errors import UserError
from studies.storage.backend import Caller

PATIENCE_SECONDS = 300.0
"""An outage that lasts longer ends the search."""

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 5.0
"""Between two attempts; each wait is twice the one before."""

QUIET_SECONDS = 1.0
"""A shorter outage is nothing to tell a person of."""

T = TypeVar("T")


class ConnectionLost(Exception):  # noqa: N818 - what has happened
    """The server went away, maybe in the midst of a transaction."""


class Patience:
    """Repeats what an outage has cut short, as long as there is hope.

    Once it has given up, it does not wait again before the server has answered: what tidies up
    after a failure must not wait as long once more.
    """

    def __init__(self, shown: str, caller: Caller) -> None:
        self._shown = shown
        self._caller = caller
        self._has_given_up = False

    def call(self, attempt: Callable[[], T], again: Callable[[], T] | None = None) -> T:
        """What ``attempt`` returns or, after an outage, what ``again`` does.

        Raises:
            UserError: the server does not come back, or nobody wants to wait for it.
        """
        try:
            result = attempt()
        except ConnectionLost as lost:
            result = self._wait_out(again or attempt, lost)
        self._has_given_up = False
        return result

    def _wait_out(self, attempt: Callable[[], T], lost: ConnectionLost) -> T:
        began, wait, is_told = monotonic(), FIRST_WAIT_SECONDS, False
        while not self._is_over(began):
            if not is_told and monotonic() - began > QUIET_SECONDS:
                is_told = True
                self._caller.say(
                    f"the storage does not answer ({lost}): trying again for up to"
                    f" {PATIENCE_SECONDS / 60:g} minutes"
                )
            try:
                sleep(wait)
                result = attempt()
            except ConnectionLost as error:
                lost, wait = error, min(2 * wait, LONGEST_WAIT_SECONDS)
            except BaseException:
                self._has_given_up = True
                raise
            else:
                if is_told:
                    away = format_duration(monotonic() - began)
                    self._caller.say(f"the storage answers again after {away}: nothing was lost")
                return result
        self._has_given_up = True
        raise UserError(
            f"storage {self._shown!r}: does not answer: {lost}; what is finished is kept: see to"
            " the server, and run the same command again"
        )

    def _is_over(self, began: float) -> bool:
        is_long = monotonic() - began > PATIENCE_SECONDS
        return self._has_given_up or is_long or self._caller.stop_requested()
