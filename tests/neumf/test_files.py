"""Files that are replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from neumf.files import replacing


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """An interrupted writer leaves the old file and nothing else."""
    target = tmp_path / "a"
    target.write_text("old")

    def interrupted() -> None:
        with replacing(target) as part:
            part.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_text() == "old"
    with replacing(target) as part:
        part.write_text("new")
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_file_has_the_rights_that_any_other_has(tmp_path: Path) -> None:
    """A page in a web server's folder can be read by the server."""
    with replacing(tmp_path / "new") as part:
        part.write_text("text")
    (tmp_path / "other").write_text("text")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode
