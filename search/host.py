"""What a machine computes with: where it is another, results may differ."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("neumf", "studies", "search")
LIBRARIES = ("numpy", "numba", "llvmlite", "scipy")


@dataclass(frozen=True)
class Host:
    """A node as a worker on it finds it."""

    name: str
    node: str  # its identity in the cluster
    processor: str
    versions: dict[str, str]

    @classmethod
    def here(cls, node: str = "") -> Host:
        from llvmlite.binding import get_host_cpu_name

        versions = {
            "Python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in LIBRARIES},
            "neumf-search": _code(),
        }
        processor = f"{platform.machine()} {get_host_cpu_name()}"
        return cls(platform.node(), node, processor, versions)

    def difference(self, other: Host) -> str | None:
        """The first thing of another version; a processor may differ."""
        for name, version in other.versions.items():
            if self.versions[name] != version:
                return f"{name} {self.versions[name]}, here {version}"
        return None


@cache
def _code() -> str:
    """A digest of the project's own modules, which tells apart two states of one version."""
    digest = hashlib.blake2b(digest_size=6)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
            digest.update(path.read_bytes() + b"\0")
    return f"code {digest.hexdigest()}"
