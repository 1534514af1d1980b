"""A Ray cluster of this machine: every node a ``ray start`` that ends with its test."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from time import monotonic

import psutil

ROOT = Path(__file__).parent.parent.parent

START_SECONDS = 90


class RayCluster:
    """One head, to which nodes can be added. All on loopback."""

    def __init__(self, *, cpus: int = 1, token: str | None = None) -> None:
        # Ray's sockets lie in it, and their paths must be short
        self.home = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
        (self.home / "tmp").mkdir()
        self._token = token
        self._nodes: list[subprocess.Popen[bytes]] = []
        self._known: list[psutil.Process] = []
        self.address = f"127.0.0.1:{_free_port()}"
        head = ["--head", f"--port={self.address.split(':')[1]}", "--include-dashboard=false"]
        self.others: list[subprocess.Popen[bytes]] = []
        try:
            self.head = self._start([*head, f"--temp-dir={self.home}"], cpus)
        except BaseException:
            self.close()
            raise

    def add_node(self, cpus: int = 1) -> None:
        self.others.append(self._start([f"--address={self.address}"], cpus))

    def environment(self) -> dict[str, str]:
        """Of what shall reach the cluster."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
        path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        auth = (
            {"RAY_AUTH_MODE": "disabled"}
            if self._token is None
            else {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": self._token}
        )
        return {
            **kept,
            **auth,
            "PYTHONPATH": os.pathsep.join(path),
            "RAY_USAGE_STATS_ENABLED": "0",
            "TMPDIR": str(self.home / "tmp"),
        }

    def kill(self, node: subprocess.Popen[bytes]) -> None:
        """As a power cut does: all of the node's processes at once."""
        for other in self._nodes:  # they may end by themselves, and leave children behind
            self._processes(other)
        self._end(self._processes(node))

    def workers(self) -> list[psutil.Process]:
        """The processes that hold our actors."""
        return [
            process
            for node in self._nodes
            for process in self._processes(node)
            if "ray::ClusterWorker" in _command(process)
        ]

    def folders(self) -> list[Path]:
        """What workers share on their nodes."""
        return sorted((self.home / "tmp").glob("neumf-cluster-*"))

    def close(self) -> None:
        for node in self._nodes:
            self._processes(node)
        self._end(self._known)  # psutil does not mistake a later process for one of them
        for node in self._nodes:
            node.wait(30)
        shutil.rmtree(self.home, ignore_errors=True)

    def _start(self, arguments: list[str], cpus: int) -> subprocess.Popen[bytes]:
        log = (self.home / f"start-{len(self._nodes)}.log").open("wb")
        node = subprocess.Popen(
            [
                *(sys.executable, "-m", "ray.scripts.scripts", "start", "--block"),
                *(f"--num-cpus={cpus}", "--node-ip-address=127.0.0.1"),
                *("--object-store-memory=100000000", "--disable-usage-stats", *arguments),
            ],
            env=self.environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        self._nodes.append(node)
        deadline = monotonic() + START_SECONDS
        while b"Ray runtime started" not in Path(log.name).read_bytes():
            with suppress(subprocess.TimeoutExpired):
                node.wait(0.1)
                raise AssertionError(Path(log.name).read_text())
            assert monotonic() < deadline, Path(log.name).read_text()
        self._processes(node)
        return node

    def _processes(self, node: subprocess.Popen[bytes]) -> list[psutil.Process]:
        """Of a node, also those whose parent has gone since they were last looked for."""
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(node.pid)
            found = [*root.children(recursive=True), root]
            self._known += [one for one in found if one not in self._known]
            return found
        return []

    def _end(self, processes: list[psutil.Process]) -> None:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(processes, timeout=30)


def _command(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline())
    return ""


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
