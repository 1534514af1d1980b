"""Whether a database lies on a network file system, where SQLite's write-ahead log is unsafe."""

from __future__ import annotations

from pathlib import Path

import psutil

from studies.storage.url import database_path

NETWORK = (
    *("9p", "afs", "afpfs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre"),
    *("ncpfs", "nfs", "rclone", "s3fs", "smb", "sshfs", "webdav", "vboxsf", "vmhgfs"),
)
"""How the names of such file systems begin, after ``fuse.`` where a program provides them."""


def network_warning(url: str) -> str | None:
    """One line if the storage at ``url`` is on a network file system, as far as is known here."""
    kind = network_file_system(database_path(url))
    if kind is None:
        return None
    return (
        f"storage {url!r} is on a network file system ({kind}), where SQLite may lose or corrupt"
        " what several machines write; use a local folder with --storage"
    )


def network_file_system(path: Path) -> str | None:
    """The kind of network file system that ``path`` lies on; None if it is local or unknown."""
    real = path.resolve()
    try:
        mounts = psutil.disk_partitions(all=True)
    except OSError:
        return None
    above = [mount for mount in mounts if real.is_relative_to(mount.mountpoint)]
    if not above:
        return None
    longest = max(len(Path(mount.mountpoint).parts) for mount in above)
    mount = [m for m in above if len(Path(m.mountpoint).parts) == longest][-1]  # the last covers
    kind = mount.fstype.lower().removeprefix("fuse.")
    is_network = kind.startswith(NETWORK) or "remote" in mount.opts.split(",")
    return kind if is_network else None
