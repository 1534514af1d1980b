"""What a person asks of a cluster, checked before anything is loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from neumf.errors import UserError

UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}

ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})")


@dataclass(frozen=True)
class Demand:
    """What is reserved for a trial while it runs."""

    cpus: float = 1.0
    gpus: float = 0.0
    memory: int = 0  # bytes

    def fits(self, resources: Mapping[str, float]) -> int:
        """How many trials a node with ``resources``, by Ray's names, has room for."""
        needs = {"CPU": self.cpus, "GPU": self.gpus, "memory": self.memory}
        return min(
            int(resources.get(name, 0.0) / needed + 1e-9)
            for name, needed in needs.items()
            if needed
        )

    def __str__(self) -> str:
        parts = [f"{self.cpus:g} CPU"]
        parts += [f"{self.gpus:g} GPU"] if self.gpus else []
        parts += [f"{self.memory:,} bytes of memory"] if self.memory else []
        return ", ".join(parts)


def check_cluster(address: str | None, reservation: Mapping[str, float | str | None]) -> None:
    """Raises UserError: an address or a reservation that makes no sense, or no Ray."""
    given = {flag: value for flag, value in reservation.items() if value is not None}
    if address is None:
        for flag, value in given.items():
            raise UserError(f"{flag} {value}: is reserved on a cluster only; add --ray")
        return
    if address.startswith("ray://"):
        raise UserError(
            f"--ray {address}: Ray's client is not supported; run the command on a machine of the"
            " cluster with --ray auto"
        )
    match = ADDRESS.fullmatch(address)
    if address != "auto" and (match is None or not 0 < int(match[2]) < 2**16):
        raise UserError(f"--ray {address}: must be auto or HOST:PORT, as ray start printed it")
    for flag, value in given.items():
        _check_amount(flag, value)
    check_ray(f"--ray {address}")


def check_ray(asked: str) -> None:
    """Raises UserError: what is ``asked`` needs Ray, which is not installed."""
    if find_spec("ray") is None:
        raise UserError(f"{asked}: Ray is not installed; pip install 'neumf-search[cluster]'")


def _check_amount(flag: str, value: float | str) -> None:
    if isinstance(value, str):
        in_bytes(value)
        return
    if not 0 <= value < float("inf"):
        raise UserError(f"{flag} {value:g}: must be 0 or more")
    if not value and flag == "--cpus-per-trial":
        raise UserError(f"{flag} 0: must be more than 0; a trial computes on one")
    if value > 1 and value != int(value):  # Ray would refuse it later, in its own words
        raise UserError(f"{flag} {value:g}: must be whole if it is more than 1")


def in_bytes(size: str) -> int:
    """``500MB`` as a number of bytes.

    Raises:
        UserError: not a size.
    """
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,15})?) ?([KMGT]?B?)", size.strip().upper(), re.ASCII)
    unit = None if match is None else UNITS.get(match[2])
    amount = 0 if match is None or unit is None else int(float(match[1]) * unit)
    if amount < 1:
        raise UserError(f"--memory-per-trial {size}: must be a size such as 500MB or 2GB")
    return amount
