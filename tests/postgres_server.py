"""A PostgreSQL server of the tests' own: in a temporary folder, reached by a socket in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest

ADMIN = "tester"
DEBIAN = "/usr/lib/postgresql/*/bin"
"""Where Debian keeps the programs, which are not on its PATH."""

PASSWORD = "s3cret word"


def program(name: str) -> str | None:
    """The path of one of PostgreSQL's programs, the newest's if there are several."""
    folders = sorted(Path("/").glob(f"{DEBIAN[1:]}"), key=lambda p: float(p.parent.name))
    return shutil.which(name, path=os.pathsep.join([*map(str, reversed(folders)), os.defpath]))


def why_none() -> str | None:
    """Why there can be no server here."""
    if program("initdb") is None or program("postgres") is None:
        return "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
    return None


def unprivileged() -> dict[str, Any]:
    """What makes a subprocess another user's: PostgreSQL refuses to be run by root."""
    return {"user": "nobody", "group": "nogroup"} if os.getuid() == 0 else {}


class Server:
    """Runs in ``folder``. Databases are made as they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None
        self._call("initdb", "-D", "data", "-U", ADMIN, "-A", "trust", "--no-sync", "-E", "UTF8")
        rules = folder / "data" / "pg_hba.conf"
        rules.write_text("local all guest scram-sha-256\n" + rules.read_text())
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(program("postgres")), "-D", str(self.folder / "data")),
                    *("-k", str(self.folder), "-c", "listen_addresses="),
                    *("-c", "fsync=off", "-c", "max_connections=60"),
                ],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **unprivileged(),
            )
        deadline = monotonic() + 60
        while True:
            try:
                self.admin("postgres").close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert monotonic() < deadline, "the server does not start"
                sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """At once, as a crash does, unless ``how`` says otherwise."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(60)

    @contextmanager
    def down(self) -> Iterator[None]:
        """Gone for a while."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def admin(self, database: str) -> psycopg.Connection[Any]:
        """A connection of the superuser's."""
        return psycopg.connect(
            host=str(self.folder), user=ADMIN, dbname=database, autocommit=True, connect_timeout=30
        )

    def query(self, database: str, sql: str) -> list[tuple[Any, ...]]:
        """Rows, as the superuser sees them."""
        with closing(self.admin(database)) as connection:
            return connection.execute(sql.encode()).fetchall()

    def run(self, database: str, *statements: str) -> None:
        """As the superuser, statements that give no rows."""
        with closing(self.admin(database)) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def create(self) -> str:
        """The name of a new database."""
        name = f"d{next(self._numbers)}"
        self.run("postgres", f"CREATE DATABASE {name}")
        return name

    def url(self, database: str, user: str = ADMIN) -> str:
        """A storage's URL."""
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}"

    def cut(self, database: str) -> int:
        """End all connections to a database, as a firewall or an administrator may; how many."""
        ends = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        others = "pid <> pg_backend_pid() AND backend_type = 'client backend'"
        return len(self.query(database, f"{ends} WHERE datname = '{database}' AND {others}"))

    def _call(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(program(name)), *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **unprivileged(),
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def running_server() -> Iterator[Server]:
    """A server, for as long as it is used; skips where there can be none."""
    if (reason := why_none()) is not None:
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="neumf-pg-"))  # a socket's path must be short
    server = None
    try:
        if os.getuid() == 0:
            shutil.chown(folder, **unprivileged())
        server = Server(folder)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder)
