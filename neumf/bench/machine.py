"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from threadpoolctl import threadpool_info


def describe_machine() -> dict[str, object]:
    """Processor, system, versions of what computes, and the BLAS behind the matrix products."""
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    scipys = [each for each in libraries if "scipy" in str(Path(each["filepath"]).parent)]
    blas = [
        f"{library['internal_api']} {library['version']} ({library.get('architecture', '?')})"
        for library in scipys or libraries
    ]
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "numba", "scipy", "torch")},
        "blas": ", ".join(blas) or "unknown",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
