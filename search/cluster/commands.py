"""What the coordinator and its bridge to a cluster say to each other.

A worker is known by a number that is never given twice, so a late word of one that is gone is told
from its replacement's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from search.workers.interface import Keeping
from search.workers.messages import Died, FromWorker, Stop, Train


@dataclass(frozen=True)
class Share:
    """To the bridge: workers that are hired from now on get what is in this folder, and keep
    checkpoints so."""

    folder: Path
    keeping: Keeping


@dataclass(frozen=True)
class Hire:
    """To the bridge: start a worker as soon as there is room."""

    worker: int


@dataclass(frozen=True)
class Tell:
    """To the bridge: pass this on."""

    worker: int
    message: Train | Stop


@dataclass(frozen=True)
class DismissAll:
    """To the bridge: end all workers, whatever they are doing."""


@dataclass(frozen=True)
class Connected:
    """From the bridge: how many trials the cluster has room for at a time."""

    room: int


@dataclass(frozen=True)
class Refused:
    """From the bridge, which ends: what a person must put right."""

    reason: str


@dataclass(frozen=True)
class Heard:
    """From the bridge: a worker's word, or its end."""

    worker: int
    message: FromWorker | Died


@dataclass(frozen=True)
class Noticed:
    """From the bridge: something for a person."""

    text: str


ToBridge = Share | Hire | Tell | DismissAll
FromBridge = Connected | Refused | Heard | Noticed
