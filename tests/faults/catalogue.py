"""All that may befall a study, what it must lead to, and how often it is drawn."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from tests.faults import at_rest, live
from tests.faults.holdings import hangs_by_a_thread
from tests.faults.session import Session
from tests.search.study_folder import StudyFolder

GOES_ON: tuple[int, ...] = ()
KILLED = (-signal.SIGKILL,)
INTERRUPTED = (130,)
REFUSED = (2,)


class Fault(Protocol):
    """Whatever has a name to be counted by."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Live:
    """Befalls a session. It goes on, or ends with one of ``codes``, if it has not just ended by
    itself; then it ``says`` why."""

    name: str
    inflict: Callable[[Session, Random], live.Aftermath | None]
    codes: tuple[int, ...] = GOES_ON
    says: str = ""  # a regular expression
    is_early: bool = False  # may come before anything has been stored
    is_prepared: bool = False  # needs a session that is prepared for it
    is_damage: bool = False  # what was stored before the session is put back after it
    is_of_worker: bool = False  # needs one
    is_crash: bool = False  # of the worker, which a configuration may have only once

    def suits(self, session: Session) -> bool:
        """Whether it may befall the session now, by the rules that the program states."""
        if not self.is_early and not session.has_stored:
            return False
        if self.is_prepared and not session.is_prepared:
            return False
        if self.is_of_worker and not session.workers:
            return False
        if not self.is_crash:
            return True
        return self.name not in session.befell and not hangs_by_a_thread(session.study)


@dataclass(frozen=True)
class AtRest:
    """Befalls a study between two sessions; one that it starts may be handed back."""

    name: str
    inflict: Callable[[StudyFolder, int, Random], Session | None]  # with so many workers
    is_damage: bool = False  # afterwards the study is put back as it was
    is_loss: bool = False  # the study begins anew
    is_early: bool = False  # may come before there is a database

    def suits(self, study: StudyFolder) -> bool:
        """Whether there is something that it may befall."""
        return self.is_early or (study.database.exists() and study.database.stat().st_size > 0)


DISK = "disk I/O error|database or disk is full|File too large"
GONE = "the file was deleted or replaced while in use"

LIVE = (
    Live("kill -9 of a worker", live.to_worker(signal.SIGKILL), is_of_worker=True, is_crash=True),
    Live("SIGTERM to a worker", live.to_worker(signal.SIGTERM), is_of_worker=True),
    Live("workers stopped and continued", live.pause_workers, is_of_worker=True),
    Live("the coordinator stopped and continued", live.pause_coordinator, is_early=True),
    Live("kill -9 of the coordinator", live.to_coordinator(signal.SIGKILL), KILLED, is_early=True),
    Live(
        "kill -9 of a worker and the coordinator",
        live.kill_both,
        KILLED,
        is_of_worker=True,
        is_crash=True,
    ),
    Live("kill -9 of the group", live.to_group(signal.SIGKILL), KILLED, is_early=True),
    Live("SIGTERM to the coordinator", live.to_coordinator(signal.SIGTERM), INTERRUPTED),
    Live("SIGTERM to the group", live.to_group(signal.SIGTERM), INTERRUPTED),
    Live("SIGTERM to one, then the group", live.as_timeout_does, INTERRUPTED),
    Live("SIGHUP to the group", live.to_group(signal.SIGHUP), INTERRUPTED),
    Live("Ctrl-C to the coordinator", live.to_coordinator(signal.SIGINT), INTERRUPTED),
    Live("Ctrl-C to the group", live.to_group(signal.SIGINT), INTERRUPTED),
    Live("Ctrl-C twice", live.insist, INTERRUPTED),
    Live("the disk full", live.fill_the_disk, REFUSED, DISK),
    Live("locked too long", live.lock_for_long, REFUSED, "database is locked", is_prepared=True),
    Live("locked for a moment", live.lock_briefly, is_prepared=True),
    Live("the file moved away in a run", live.move_the_file, REFUSED, GONE),
    Live("the file replaced in a run", live.replace_the_file, REFUSED, GONE),
    Live("the file truncated in a run", live.truncate_the_file, REFUSED, is_damage=True),
    Live("a second run", live.run_beside(through_link=False)),
    Live("a second run through a link", live.run_beside(through_link=True)),
    Live("the clock a year on", live.to_coordinator(signal.SIGUSR1), is_prepared=True),
    Live("the clock two years back", live.to_coordinator(signal.SIGUSR2), is_prepared=True),
)

AT_REST = (
    AtRest("the file truncated between runs", at_rest.truncate, is_damage=True),
    AtRest("the file replaced by text", at_rest.replace_by_text, is_damage=True),
    AtRest("the file replaced by another database", at_rest.replace_by_another, is_damage=True),
    AtRest("the file removed or emptied between runs", at_rest.remove, is_loss=True),
    AtRest("locked before a run", at_rest.lock),
    AtRest("two runs at once, through a link", at_rest.start_two, is_early=True),
)
