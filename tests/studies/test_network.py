"""A network file system is recognised, wherever it is mounted and whatever is mounted in it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from studies.storage.network import network_file_system, network_warning


class Mount(NamedTuple):
    """As psutil describes one."""

    mountpoint: str
    fstype: str
    opts: str = "rw"


@pytest.mark.parametrize(
    ("fstype", "opts", "told"),
    [
        ("ext4", "rw", None),
        ("overlay", "rw", None),
        ("tmpfs", "rw", None),
        ("fuse.gocryptfs", "rw", None),
        ("nfs", "rw", "nfs"),
        ("nfs4", "rw", "nfs4"),
        ("cifs", "rw", "cifs"),
        ("smb3", "rw", "smb3"),
        ("fuse.sshfs", "rw", "sshfs"),
        ("9p", "rw", "9p"),
        ("lustre", "rw", "lustre"),
        ("NTFS", "rw,remote", "ntfs"),
    ],
)
def test_file_systems(
    fstype: str, opts: str, told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of a database that is yet to be made counts too; its neighbours are local."""
    share = tmp_path / "share"
    (share / "local").mkdir(parents=True)
    (tmp_path / "link").symlink_to(share)
    mounts = [
        Mount("/", "ext4"),
        Mount(str(share), fstype, opts),
        Mount(str(share / "local"), "ext4"),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounts)
    assert network_file_system(share / "new" / "studies.db") == told
    assert network_file_system(tmp_path / "link" / "studies.db") == told
    assert network_file_system(share / "local" / "studies.db") is None
    assert network_file_system(tmp_path / "share-not" / "studies.db") is None


def test_the_warning_names_storage_kind_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [Mount("/", "nfs4")])
    assert network_warning(url) == (
        f"storage {url!r} is on a network file system (nfs4), where SQLite may lose or corrupt what"
        " several machines write; use a local folder with --storage"
    )
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [])
    assert network_warning(url) is None


def test_a_system_that_does_not_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No mounts are to be seen, for example in a container without /proc: nothing is said."""

    def refused(**_: object) -> list[Mount]:
        raise PermissionError

    monkeypatch.setattr(psutil, "disk_partitions", refused)
    assert network_file_system(tmp_path / "studies.db") is None


def test_this_system_is_asked(tmp_path: Path) -> None:
    """The real list of mounts holds what the root is."""
    mounts = psutil.disk_partitions(all=True)
    assert any(tmp_path.is_relative_to(mount.mountpoint) for mount in mounts)
