"""One fault after another befalls a study, until it is done all the same."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeVar

from tests.faults.at_rest import Copy
from tests.faults.catalogue import AT_REST, KILLED, LIVE, Fault, Live
from tests.faults.holdings import SOUND, Holdings, holdings_of, model_of
from tests.faults.session import Session, Violation
from tests.faults.small_study import make_study
from tests.faults.tally import Tally
from tests.search.study_folder import StudyFolder

AT_REST_SHARE = 0.25
"""How often something befalls the study before a session."""

EARLY_SHARE = 0.1
"""How often something befalls a session before it shows any sign of life."""

EARLY_SECONDS = 3.0
"""How long it is left to start then, at most."""

SIGNS = 25
"""A session meets its next fault after this many signs of life, on average."""

IN_ORDER = (0, 130)
"""Exit codes of a session that has put all in order."""

LATE = tuple(
    -number
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2)
)
"""Exit codes of a session that met a signal when it had nothing left to store."""

UNBORN = re.compile(
    r"Traceback .*\n(?:  .*\n)*?  .*, in spawn_main\n(?:  .*\n)*"
    r"(?:EOFError: Ran out of input|_pickle\.UnpicklingError: pickle data was truncated)\n"
)
"""What Python has a process say that was being started when its coordinator was killed: before any
code of the program's, and nothing is lost by it."""

SUMMARY = "\ndashboard  "
"""Stands in its last lines."""

F = TypeVar("F", bound=Fault)


@dataclass(frozen=True)
class Reference:
    """What a study comes to that nothing befalls."""

    holdings: Holdings
    model: tuple[bytes, str]


def undisturbed(folder: Path, seed: int, workers: int) -> Reference:
    """Run the study of ``seed`` once, in peace."""
    study = make_study(folder, seed, workers)
    session = Session(study, workers)
    try:
        assert session.end() == 0, session.output
    finally:
        session.kill()
    return Reference(holdings_of(study), model_of(study))


@dataclass
class Campaign:
    """The faults of one study, drawn by ``rng`` from those that have been rarest."""

    study: StudyFolder
    workers: int
    reference: Reference
    rng: Random
    tally: Tally
    _kept: Holdings = field(default_factory=Holdings)
    _pending: list[str] = field(default_factory=list)  # faults that are not got over yet
    _left: int = 0

    def run(self, faults: int) -> None:
        """Until ``faults`` have befallen the study, or all that it has time for, and it is done.

        Raises:
            Violation: something is lost, counted twice, different, unsound, or badly told.
        """
        self._left = faults
        is_done = False
        while not is_done:
            copy = self._copy()
            session = self._start(copy)
            try:
                is_done = self._befall(session, copy)
            finally:
                session.kill()
        self._must_be_whole()
        self._get_over()

    def _start(self, copy: Copy) -> Session:
        """The next session, maybe after something has befallen the study, of which there is a
        ``copy``."""
        is_prepared = self.rng.random() < 0.5
        session = None
        suitable = [fault for fault in AT_REST if fault.suits(self.study)]
        if suitable and self._left and self.rng.random() < AT_REST_SHARE:
            fault = self._draw(suitable)
            session = fault.inflict(self.study, self.workers, self.rng)
            if fault.is_damage:
                copy.put_back()
            if fault.is_loss:
                self._kept = Holdings()
        return session or Session(self.study, self.workers, is_prepared=is_prepared)

    def _befall(self, session: Session, copy: Copy) -> bool:
        """What befalls a session on a study of which there is a ``copy``. Whether it ended in
        peace, with all done."""
        while self._left:
            is_early = not session.befell and self.rng.random() < EARLY_SHARE
            signs = 0 if is_early else 1 + int(self.rng.expovariate(1 / SIGNS))
            if is_early:
                session.wait(self.rng.uniform(0, EARLY_SECONDS))
            if not session.wait_for_signs(signs):
                break
            if session.has_stored:
                self._get_over()
            suitable = [fault for fault in LIVE if fault.suits(session)]
            if not suitable:
                continue
            fault = self._draw(suitable)
            session.befell.append(fault.name)
            put_right = fault.inflict(session, self.rng)
            if not fault.codes:
                continue
            self._must_end(session, fault)
            if put_right is not None:
                put_right()
            if fault.is_damage:
                copy.put_back()
            self._must_keep(may_run=fault.is_damage or session.code not in IN_ORDER)
            return session.code == 0 and not fault.is_damage
        self._must_end(session)
        self._must_keep()
        return True

    def _must_end(self, session: Session, fault: Live | None = None) -> None:
        """By itself, or as the fault makes it end."""
        code, output = session.end(), session.output
        codes = (0, *(fault.codes if fault is not None else ()))
        said = rf"^error: .*({fault.says})" if fault is not None else ""
        problem = None
        is_late = code in LATE and (SUMMARY in output or self._is_all_there())
        if code not in codes and not is_late:
            problem = f"exit code {code}"
        elif "Traceback" in _told_by_us(output, code):
            problem = "a traceback"
        elif code == 2 and not re.search(said, output, re.MULTILINE):
            problem = f"does not say {said}"
        if problem is not None:
            raise Violation(f"{problem} after {', '.join(session.befell)}\n{output}")

    def _is_all_there(self) -> bool:
        return not self.reference.holdings.missing_from(holdings_of(self.study))

    def _must_keep(self, *, may_run: bool = False) -> None:
        """What is stored after a session is sound, and holds all that was stored before it. Trials
        ``may_run`` in it if nobody has put it in order, or it is an earlier state, put back."""
        now = holdings_of(self.study)
        if now.soundness != SOUND:
            raise Violation(f"unsound: {now.soundness}")
        if lost := self._kept.missing_from(now):
            self.tally.lost[self._pending[-1]] += len(lost)
            raise Violation(f"lost: {lost}")
        if other := now.missing_from(self.reference.holdings):
            raise Violation(f"twice, or not what an undisturbed run has: {other}")
        if not now.raw_opening.startswith(self._kept.raw_opening):
            raise Violation("the record of the opening was written anew")
        if now.running and not may_run:
            raise Violation(f"{now.running} trials are running, and nobody is there")
        self._kept = now

    def _must_be_whole(self) -> None:
        """A study that is done has what one in peace has; with one worker, in its order."""
        now, wanted = self._kept, self.reference.holdings
        if missing := wanted.missing_from(now):
            raise Violation(f"missing: {missing}")
        if self.workers == 1 and now.results != wanted.results:
            raise Violation("in another order")
        if now.unfinished:
            raise Violation(f"{now.unfinished} trials are unfinished")
        if now.without_note:
            raise Violation(f"{now.without_note} trials have no note")
        if model_of(self.study) != self.reference.model:
            raise Violation("another model was saved")

    def _draw(self, suitable: Sequence[F]) -> F:
        def rarity(fault: F) -> tuple[int, float]:
            return self.tally.inflicted[fault.name], self.rng.random()

        fault = min(suitable, key=rarity)
        self._left -= 1
        self._pending.append(fault.name)
        self.tally.inflict(fault.name)
        return fault

    def _get_over(self) -> None:
        for name in self._pending:
            self.tally.resumed[name] += 1
        self._pending.clear()

    def _copy(self) -> Copy:
        return Copy(self.study, self.study.folder / "copy")


def _told_by_us(output: str, code: int) -> str:
    """Of a session that ended with ``code``: without what is Python's own, where it was killed."""
    return UNBORN.sub("", output) if code in KILLED else output
