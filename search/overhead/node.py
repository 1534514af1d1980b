"""A Ray cluster of one node on this machine, started for a measurement and ended with it."""

from __future__ import annotations

import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import psutil

from neumf.errors import UserError
from search.overhead.limit import Limit
from search.workers.processes import environment

FOLDER = "/tmp"  # nosec B108 # noqa: S108 - Ray's sockets need short paths; one's own folder in it
LOOK_SECONDS = 0.02
GRACE_SECONDS = 10.0

LOG = "start.log"

ADDRESS = "ray_current_cluster"
"""The file in its folder in which Ray, once it has started, leaves the cluster's address."""


@dataclass(frozen=True)
class Node:
    """One that runs."""

    address: str
    process: psutil.Process  # ``ray start``, whose children are Ray's
    seconds: float  # that it took to start


@contextmanager
def ray_node(cpus: int, limit: Limit) -> Iterator[Node]:
    """A node with room for ``cpus`` trials, as ``ray start --head`` makes it; what is started
    inside can connect. Ray listens on every interface, and lets in whoever has the token, which is
    new each time.

    Raises:
        UserError: Ray does not start.
    """
    access = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    with (
        environment(access),
        tempfile.TemporaryDirectory(
            prefix="ray-", dir=FOLDER, ignore_cleanup_errors=True
        ) as folder,
    ):
        began = monotonic()
        with (Path(folder) / LOG).open("wb") as log:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"),
                    *("--port=0", f"--num-cpus={cpus}", f"--temp-dir={folder}"),
                    *("--object-store-memory=100000000", "--include-dashboard=false"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is this process's to handle; not a session of its own, to each of which
                # Linux may give a share of the cores
                process_group=0,
            )
        try:
            address = _address(process, Path(folder), limit)
            yield Node(address, psutil.Process(process.pid), monotonic() - began)
        finally:
            _end(process)


def _address(process: subprocess.Popen[bytes], folder: Path, limit: Limit) -> str:
    """Of the node, once it has started."""
    while True:
        limit.check()
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_SECONDS)
            *_, said = ["nothing", *(folder / LOG).read_text(errors="replace").splitlines()]
            raise UserError(f"ray start has ended; it said last: {said}")
        with suppress(FileNotFoundError):
            if address := (folder / ADDRESS).read_text():
                return address


def _end(process: subprocess.Popen[bytes]) -> None:
    """With all its children, which may outlive it."""
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        _, alive = psutil.wait_procs(children, GRACE_SECONDS)
        for child in alive:
            with suppress(psutil.NoSuchProcess):
                child.kill()
    process.kill()
    process.wait()
