"""The bridge between a coordinator and a cluster, without a cluster."""

from __future__ import annotations

import asyncio
from multiprocessing import Pipe
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("ray", reason="needs the extra: pip install 'neumf-search[cluster]'")

import ray

from search.cluster.bridge import Bridge
from search.cluster.commands import DismissAll, FromBridge, Heard, Hire, Share, ToBridge
from search.cluster.demand import Demand
from search.host import Host
from search.workers.interface import Keeping
from search.workers.messages import Ready

PATIENCE_SECONDS = 20.0


class FakeActor:
    """Loads at once, and takes some turns of the loop to leave."""

    def __init__(self, ended: list[str]) -> None:
        self._ended = ended
        self.host = SimpleNamespace(remote=self._host)
        self.load = SimpleNamespace(remote=self._load)
        self.leave = SimpleNamespace(options=lambda **_: SimpleNamespace(remote=self._leave))

    async def _host(self) -> Host:
        return Host.here("the node")

    async def _load(self, *_: Any) -> None: ...

    async def _leave(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        self._ended.append("left")


def test_workers_hired_next_are_not_dismissed_with_those_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the bridge hears of both together; and it does not end before all have left."""
    ended: list[str] = []
    monkeypatch.setattr(ray, "put", lambda files: files)
    monkeypatch.setattr(ray, "kill", lambda _: ended.append("killed"))
    ours, theirs = Pipe()
    share = Share(tmp_path, Keeping())

    def send(*commands: ToBridge) -> None:
        for command in commands:
            ours.send(command)

    async def heard() -> FromBridge:
        said: FromBridge = await asyncio.wait_for(asyncio.to_thread(ours.recv), PATIENCE_SECONDS)
        return said

    async def session() -> None:
        bridge = Bridge(theirs, Demand(), "fused", "cpu")
        bridge._hire = lambda: FakeActor(ended)
        running = asyncio.create_task(bridge.run())
        send(share, Hire(0))
        assert await heard() == Heard(0, Ready())
        send(DismissAll(), share, Hire(1))
        assert await heard() == Heard(1, Ready())
        send(DismissAll())
        ours.close()
        await running

    asyncio.run(session())
    assert ended.count("left") == ended.count("killed") == 2
