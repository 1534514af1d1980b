"""What workers share on their node: filled once, and gone with the last of them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fcntl", reason="needs the locks of a POSIX system")

from search.cluster.node_folder import NodeFolder

FILES = {f"{name}.npy": np.arange(3, dtype=np.uint8) for name in "abcd"}


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the node's temporary files are."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_last_one_removes_the_folder(node: Path) -> None:
    """And the first one fills it, whatever the second brings."""
    first, second = NodeFolder("key"), NodeFolder("key")
    first.fill(FILES)
    second.fill({"a.npy": np.zeros(9, np.uint8)})
    first.leave()
    assert (second.path / "a.npy").read_bytes() == bytes([0, 1, 2])
    second.leave()
    assert not list(node.iterdir())


@pytest.mark.parametrize("cut", range(len(FILES) + 2))
def test_a_removal_that_is_cut_short_is_finished_by_the_next_worker(
    cut: int, node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray kills a worker that takes its time to leave: after any file, or none."""
    before = NodeFolder("before")
    before.fill(FILES)
    (before.path / "pretrained").mkdir()
    (before.path / "pretrained" / "half").touch()
    unlink, left = os.unlink, [cut]

    def until_killed(*arguments: Any, **options: Any) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        unlink(*arguments, **options)

    with monkeypatch.context() as killed:
        killed.setattr(os, "unlink", until_killed)
        with pytest.raises(KeyboardInterrupt):
            before.leave()
    after = NodeFolder("after")
    assert list(node.iterdir()) == [after.path]
    after.leave()
