"""What befalls a study between two sessions."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path
from random import Random

from tests.faults.session import Session, Violation, link_to
from tests.search.study_folder import StudyFolder


class Copy:
    """A database's files as they were at rest, its log included."""

    def __init__(self, study: StudyFolder, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self._folder = folder
        self._database = study.database
        for path in _files(study.database):
            shutil.copy(path, folder)

    def put_back(self) -> None:
        """Whatever is there now."""
        for path in _files(self._database):
            path.unlink()
        for path in self._folder.iterdir():
            shutil.copy(path, self._database.parent)


def _files(database: Path) -> list[Path]:
    names = (database.name, f"{database.name}-wal", f"{database.name}-shm")
    return [path for name in names if (path := database.with_name(name)).exists()]


def truncate(study: StudyFolder, _: int, rng: Random) -> None:
    """The end of the file is gone: the next session says so and leaves it as it is."""
    _write_back(study)
    size = study.database.stat().st_size
    os.truncate(study.database, rng.randrange(1, size))
    _must_be_refused(study, "results.db")


def replace_by_text(study: StudyFolder, _: int, rng: Random) -> None:
    """Something else has its name."""
    _write_back(study)
    study.database.write_text("not a database\n" * rng.randrange(1, 1000))
    _must_be_refused(study, "is not an SQLite database")


def replace_by_another(study: StudyFolder, _workers: int, _rng: Random) -> None:
    """Another program's database has its name."""
    _write_back(study)
    study.database.unlink()
    with sqlite3.connect(study.database) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    _must_be_refused(study, "another program's database")


def lock(study: StudyFolder, _workers: int, _rng: Random) -> None:
    """Another process's transaction goes on for longer than a session waits."""
    _write_back(study)
    holder = sqlite3.connect(study.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        _must_be_refused(study, "database is locked", is_prepared=True)
    finally:
        holder.close()


def remove(study: StudyFolder, _workers: int, rng: Random) -> None:
    """It is gone for good, or emptied, and its log is not: the study starts anew."""
    if rng.random() < 0.5:
        study.database.unlink()
    else:
        os.truncate(study.database, 0)


def start_two(study: StudyFolder, workers: int, rng: Random) -> Session:
    """Two sessions at once, through two names of the file: one is refused. The other."""
    storages = [study.storage, f"sqlite:///{link_to(study)}"]
    rng.shuffle(storages)
    both = [Session(study, workers, storage=storage) for storage in storages]
    while all(session.code is None for session in both):
        both[0].wait_for_signs(1)
    ended, other = sorted(both, key=lambda session: session.code is None)
    if ended.end() != 2 or "is being run by another process" not in ended.output:
        other.kill()
        raise Violation(f"two at once: {ended.code}\n{ended.output}")
    return other


def _write_back(study: StudyFolder) -> None:
    """What the log holds goes into the file, as when a session ends in peace."""
    connection = sqlite3.connect(study.database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _must_be_refused(study: StudyFolder, why: str, *, is_prepared: bool = False) -> None:
    before = study.database.read_bytes()
    session = Session(study, 1, is_prepared=is_prepared)
    try:
        code = session.end()
    finally:
        session.kill()
    if code != 2 or why not in session.output or "Traceback" in session.output:
        raise Violation(f"not refused: {code}\n{session.output}")
    if study.database.read_bytes() != before:
        raise Violation("what was refused was written to")
