"""How many workers there are unless a person says otherwise."""

from __future__ import annotations

GPUS = ("cuda", "mps")


def default_workers(device: str) -> int:
    """One for each CPU this process may use: a container's quota and an affinity mask count.
    One on a GPU, whose memory and cores they would have to share."""
    if device in GPUS:
        return 1
    import loky

    return int(loky.cpu_count())
