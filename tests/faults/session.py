"""A session under observation: a real process, what it says, and what it is seen to store."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import IO

import psutil

from tests.search.study_folder import StudyFolder, environment

PREPARED = Path(__file__).with_name("prepared.py")

PATIENCE_SECONDS = 300.0
"""For whatever a session is waited for: far longer than all of it takes, compiling on a busy
machine, too."""

GLANCE_SECONDS = 0.002


class Violation(AssertionError):  # noqa: N818 - the program's, not the harness's
    """The program did not keep what it promises."""


def command_of(
    study: StudyFolder, workers: int, storage: str, *, is_prepared: bool = False
) -> list[str]:
    """The whole job, in one command."""
    python, module_flag, *rest = study.command("--confirm", "--workers", str(workers))
    entry = str(PREPARED) if is_prepared else module_flag
    return [python, entry, *(storage if one == study.storage else one for one in rest)]


def link_to(study: StudyFolder) -> Path:
    """Another name of the database: a symbolic link."""
    link = study.folder / "link.db"
    if not link.is_symlink():
        link.symlink_to(study.database)
    return link


class Session:
    """The whole job on a study, as the leader of a process group: search, confirm, open, save.

    A *sign* of life is a line that it says, or a change of the database's log, which every commit
    makes.
    """

    def __init__(
        self,
        study: StudyFolder,
        workers: int,
        *,
        is_prepared: bool = False,
        storage: str | None = None,
    ) -> None:
        """``is_prepared``: see :mod:`tests.faults.prepared`; ``storage``: another name of it."""
        self.study = study
        self.is_prepared = is_prepared
        self.befell: list[str] = []  # names of faults
        self._log = study.database.with_name(f"{study.database.name}-wal")
        self._seen = self._glance()
        self._commits = 0
        self._said: list[str] = []
        self._process = subprocess.Popen(
            command_of(study, workers, storage or study.storage, is_prepared=is_prepared),
            start_new_session=True,
            cwd=study.folder,
            env=environment() | {"TMPDIR": str(study.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.coordinator = psutil.Process(self._process.pid)
        self._family: set[psutil.Process] = set()
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        streams = (self._process.stdout, self._process.stderr)
        self._listeners = [Thread(target=self._listen, args=(s,), daemon=True) for s in streams]
        for listener in self._listeners:
            listener.start()

    @property
    def code(self) -> int | None:
        """None while it lives."""
        return self._process.poll()

    @property
    def output(self) -> str:
        """All that it has said so far."""
        return "".join(self._said)

    @property
    def has_stored(self) -> bool:
        """Whether it has been seen to store something."""
        return self._commits > 0

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that train, at this moment."""
        self._gather()
        found = []
        for child in self._family:
            with suppress(psutil.Error):
                if "spawn_main" in " ".join(child.cmdline()):
                    found.append(child)
        return sorted(found, key=lambda worker: worker.pid)

    def wait_for_signs(self, count: int) -> bool:
        """Wait for ``count`` more signs. Whether it still lives.

        Raises:
            Violation: it does neither.
        """
        wanted = self._signs() + count
        deadline = monotonic() + PATIENCE_SECONDS
        while self.code is None and self._signs() < wanted:
            if monotonic() > deadline:
                raise Violation(f"the session hangs\n{self.output}")
            sleep(GLANCE_SECONDS)
        return self.code is None

    def wait(self, seconds: float) -> None:
        """For its end, but not longer."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def end(self) -> int:
        """Wait for its end, and that of all that it started; its exit code.

        Raises:
            Violation: something goes on.
        """
        self._gather()
        try:
            code = self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise Violation(f"the session hangs\n{self.output}") from None
        _, alive = psutil.wait_procs(self._family, timeout=PATIENCE_SECONDS)
        if alive:
            raise Violation(f"outlives its coordinator: {alive}\n{self.output}")
        for listener in self._listeners:
            listener.join(PATIENCE_SECONDS)
        return code

    def kill(self) -> None:
        """Leave nothing of it behind, whatever it is at."""
        self._gather()
        for process in (self.coordinator, *self._family):
            with suppress(psutil.Error):
                process.kill()
        self._process.wait()

    def _gather(self) -> None:
        """Remember what it has started, which it may leave alone."""
        with suppress(psutil.Error):
            self._family |= set(self.coordinator.children(recursive=True))

    def _signs(self) -> int:
        now = self._glance()
        self._commits += now != self._seen
        self._seen = now
        return self._commits + len(self._said)

    def _glance(self) -> tuple[int, int] | None:
        try:
            status = self._log.stat()
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns

    def _listen(self, stream: IO[str]) -> None:
        with stream:
            self._said.extend(stream)
