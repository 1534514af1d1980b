"""Files and folders that are replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from neumf.files import read_small, replacing, replacing_folder
from tests.specials import SPECIALS, make_special


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


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """An interrupted writer leaves the old folder and nothing else."""
    target = tmp_path / "a"
    target.mkdir()
    (target / "old").write_text("old")

    def interrupted() -> None:
        with replacing_folder(target) as part:
            (part / "new").write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [path.name for path in target.iterdir()] == ["old"]
    with replacing_folder(target) as part:
        (part / "new").write_text("new")
    assert [path.name for path in target.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_cannot_take_its_place_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two renames there is a way back."""
    target = tmp_path / "a"
    target.mkdir()
    (target / "old").write_text("old")
    rename = Path.replace

    def only_aside(path: Path, to: Path) -> Path:
        if to == target and not (path / "old").exists():
            raise KeyboardInterrupt
        return rename(path, to)

    monkeypatch.setattr(Path, "replace", only_aside)
    with pytest.raises(KeyboardInterrupt), replacing_folder(target):
        pass
    assert [path.name for path in target.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [target]


def test_folders_above_are_made(tmp_path: Path) -> None:
    with replacing_folder(tmp_path / "a" / "b") as part:
        (part / "new").write_text("new")
    assert (tmp_path / "a" / "b" / "new").read_text() == "new"


@pytest.mark.parametrize(
    "kind", [kind for kind in SPECIALS if kind.startswith(("a pipe", "a dev"))]
)
def test_a_pipe_and_a_device_are_neither_read_nor_replaced(kind: str, tmp_path: Path) -> None:
    """The superuser could put a file in the place of ``/dev/null``."""
    path = make_special(kind, tmp_path / "special")
    for use in (read_small, lambda path: replacing(path).__enter__()):
        with pytest.raises(OSError, match="Not a regular file"):
            use(path)
    assert list(tmp_path.iterdir()) == [path]
    assert not path.is_file()


def test_a_file_that_is_read_as_a_whole_is_small(tmp_path: Path) -> None:
    """By what it holds, to the byte."""
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert read_small(path, 5) == b"12345"
    with pytest.raises(OSError, match="Larger than 4 bytes"):
        read_small(path, 4)
