"""When a signal is a wish, and when an order."""

from __future__ import annotations

import signal

import pytest

from search.stop import PATIENCE_SECONDS, StopRequest, stop_requests


def test_a_first_signal_is_a_wish_and_so_is_its_echo() -> None:
    """GNU timeout, srun and terminals send one signal twice: to the process and to its group."""
    for number in (signal.SIGINT, signal.SIGTERM):
        request = StopRequest(clock=lambda: 100.0)
        assert not request()
        request.receive(number)
        request.receive(number)
        assert request()


def test_a_second_ctrl_c_is_an_order_but_only_one_is() -> None:
    """A third shall not cut the tidying up."""
    now = [0.0]
    request = StopRequest(clock=lambda: now[0])
    request.receive(signal.SIGTERM)
    now[0] = PATIENCE_SECONDS
    with pytest.raises(KeyboardInterrupt):
        request.receive(signal.SIGINT)
    request.receive(signal.SIGINT)


def test_a_scheduler_may_repeat_itself() -> None:
    """However often SIGTERM comes, it is met between two events."""
    now = [0.0]
    request = StopRequest(clock=lambda: now[0])
    for _ in range(3):
        request.receive(signal.SIGTERM)
        now[0] += 10


def test_signals_are_noted_inside_only_and_handlers_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_requests() as request:
        assert not request()
        signal.raise_signal(signal.SIGTERM)
        assert request()
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
def test_what_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_requests() as request:
            signal.raise_signal(signal.SIGHUP)
            assert not request()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
