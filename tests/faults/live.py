"""What befalls a session while it runs. What has to be put right afterwards is handed back."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from time import sleep

import psutil

from search import stop
from tests.faults.session import PATIENCE_SECONDS, Session, Violation, command_of, link_to
from tests.search.study_folder import environment

Aftermath = Callable[[], None]


def to_coordinator(number: int) -> Callable[[Session, Random], None]:
    """A signal to the coordinator alone."""

    def inflict(session: Session, _: Random) -> None:
        with suppress(psutil.NoSuchProcess):
            session.coordinator.send_signal(number)

    return inflict


def to_group(number: int) -> Callable[[Session, Random], None]:
    """A signal to all, as a terminal, systemd and scancel send it."""

    def inflict(session: Session, _: Random) -> None:
        with suppress(ProcessLookupError):
            os.killpg(session.coordinator.pid, number)

    return inflict


def to_worker(number: int) -> Callable[[Session, Random], None]:
    """A signal to one of the workers."""

    def inflict(session: Session, rng: Random) -> None:
        with suppress(psutil.NoSuchProcess, IndexError):  # it has just ended
            rng.choice(session.workers).send_signal(number)

    return inflict


def kill_both(session: Session, rng: Random) -> None:
    """A worker and at once the coordinator."""
    to_worker(signal.SIGKILL)(session, rng)
    to_coordinator(signal.SIGKILL)(session, rng)


def insist(session: Session, rng: Random) -> None:
    """Ctrl-C, and once more after a while that counts as patience."""
    for _ in range(2):
        to_group(signal.SIGINT)(session, rng)
        session.wait(stop.PATIENCE_SECONDS)


def as_timeout_does(session: Session, rng: Random) -> None:
    """SIGTERM to the process and again to its group."""
    to_coordinator(signal.SIGTERM)(session, rng)
    to_group(signal.SIGTERM)(session, rng)


def pause_coordinator(session: Session, rng: Random) -> None:
    """While its workers go on and fill their pipes."""
    with suppress(psutil.NoSuchProcess):
        session.coordinator.suspend()
        sleep(rng.uniform(0.05, 0.5))
        session.coordinator.resume()


def pause_workers(session: Session, rng: Random) -> None:
    """While the coordinator waits for them."""
    workers = session.workers
    for act in (psutil.Process.suspend, psutil.Process.resume):
        for worker in workers:
            with suppress(psutil.NoSuchProcess):
                act(worker)
        sleep(rng.uniform(0.05, 0.5))


def fill_the_disk(session: Session, rng: Random) -> None:
    """No file of the coordinator's may grow beyond about what the database's log has now."""
    log = session.study.database.with_name(f"{session.study.database.name}-wal")
    room = log.stat().st_size if log.exists() else 0
    with suppress(psutil.NoSuchProcess):
        _, hard = session.coordinator.rlimit(psutil.RLIMIT_FSIZE)
        limit = (room + rng.randrange(20_000), hard)
        session.coordinator.rlimit(psutil.RLIMIT_FSIZE, limit)


def starve_a_worker(session: Session, rng: Random) -> None:
    """It gets no more memory than it has."""
    with suppress(psutil.NoSuchProcess, IndexError):  # it has just ended
        worker = rng.choice(session.workers)
        _, hard = worker.rlimit(psutil.RLIMIT_AS)
        worker.rlimit(psutil.RLIMIT_AS, (worker.memory_info().vms, hard))


def lock_for_long(session: Session, _: Random) -> Aftermath:
    """Another process's transaction goes on for longer than a session waits."""
    return _lock(session)


def lock_briefly(session: Session, rng: Random) -> None:
    """Another process's transaction, which ends in time."""
    release = _lock(session)
    sleep(rng.uniform(0.05, 0.2))
    release()


def _lock(session: Session) -> Aftermath:
    if not session.study.database.exists():
        return lambda: None
    holder = sqlite3.connect(session.study.database, timeout=5, isolation_level=None)
    with suppress(sqlite3.OperationalError):
        holder.execute("BEGIN IMMEDIATE")
    return holder.close


def move_the_file(session: Session, _: Random) -> Aftermath:
    """Somebody takes it away, and afterwards puts it back."""
    database, aside = session.study.database, session.study.folder / "aside.db"
    if not database.exists():
        return lambda: None
    database.rename(aside)
    return lambda: _replace(aside, database)


def replace_the_file(session: Session, rng: Random) -> Aftermath:
    """Another one of the same name, the study as it is by now, takes its place for a while."""
    aftermath = move_the_file(session, rng)
    aside = session.study.folder / "aside.db"
    if aside.exists():
        shutil.copy(aside, session.study.database)
    return aftermath


def _replace(aside: Path, database: Path) -> None:
    aside.replace(database)


def truncate_the_file(session: Session, rng: Random) -> None:
    """Its end is gone, and nobody tells the session."""
    database = session.study.database
    if database.exists():
        os.truncate(database, rng.randrange(1, max(2, database.stat().st_size)))


def run_beside(*, through_link: bool) -> Callable[[Session, Random], None]:
    """The same command once more."""

    def inflict(session: Session, _: Random) -> None:
        study, storage = session.study, session.study.storage
        if through_link:
            storage = f"sqlite:///{link_to(study)}"
        second = subprocess.run(
            command_of(study, 1, storage),
            cwd=study.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        is_refused = second.returncode == 2 and "is being run by another process" in second.stderr
        if session.code is None and not is_refused:
            raise Violation(f"two at once: {second.returncode}\n{second.stderr}")

    return inflict
