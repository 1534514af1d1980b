"""``python prepared.py search.run ...``: the command on a machine whose clock can be set, and with
less patience for another process's lock, so that a fault need not outlast a minute.

SIGUSR1 sets the clock a year forward, SIGUSR2 two years back. It is the clock as Python reads it in
the coordinator, by time-machine; monotonic clocks go on, as they do on a machine.
"""

from __future__ import annotations

import runpy
import signal
import sys
from datetime import UTC, datetime, timedelta

import time_machine

from studies.storage import sqlite

YEAR = timedelta(days=365)

if __name__ == "__main__":
    sqlite.WAIT_SECONDS = 0.5
    sys.argv.pop(0)
    with time_machine.travel(datetime.now(UTC)) as clock:
        signal.signal(signal.SIGUSR1, lambda *_: clock.shift(YEAR))
        signal.signal(signal.SIGUSR2, lambda *_: clock.shift(-2 * YEAR))
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
