"""The cache gives back what was read, notices changes and never gets in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neumf.data import readers
from neumf.data.files import CACHE_VARIABLE
from neumf.data.interactions import Interactions
from neumf.data.loading import load
from neumf.data.source import DataSource

TEXT = "user,item,rating,time\nann,1,5,3.5\nbob,2,1,2\nann,2,4,1\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_text(TEXT)
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files read so far, rather than taken from the cache."""
    seen: list[Path] = []
    real = readers.read_file

    def spy(path: Path, source: DataSource, name: str) -> Interactions:
        seen.append(path)
        return real(path, source, name)

    monkeypatch.setattr(readers, "read_file", spy)
    return seen


def entries(directory: Path) -> list[Path]:
    return sorted((directory / "parsed").iterdir())


def test_read_once(file: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time, by whatever path, everything is there without reading, strings too."""
    first = load(DataSource(source=str(file)))
    monkeypatch.chdir(file.parent)
    again = load(DataSource(source="a.csv"))
    assert len(reads) == 1
    assert again.name == first.name
    assert again.fingerprint() == first.fingerprint()
    assert again.user_ids.tolist() == first.user_ids.tolist() == ["ann", "bob"]
    assert again.user_ids.dtype == object
    assert again.item_ids.tolist() == [1, 2]


def test_a_given_test_survives(tmp_path: Path) -> None:
    for ending, text in (
        ("train.rating", "0\t1\n1\t0\n"),
        ("test.rating", "0\t0\n1\t1\n"),
        ("test.negative", "(0,0)\t2\n(1,1)\t3\n"),
    ):
        (tmp_path / f"toy.{ending}").write_text(text)
    source = DataSource(source=str(tmp_path / "toy"))
    first, again = load(source), load(source)
    assert again.given_test is not None
    assert again.given_test.negatives.tolist() == [[2], [3]]
    assert again.fingerprint() == first.fingerprint()


def test_a_changed_file_is_read_anew(file: Path, reads: list[Path], cache_directory: Path) -> None:
    """Even one of the same size; its old entry is replaced."""
    load(DataSource(source=str(file)))
    file.write_text(TEXT.replace("bob", "eve"))
    os.utime(file, ns=(1, 1))
    assert load(DataSource(source=str(file))).user_ids.tolist() == ["ann", "eve"]
    assert len(reads) == 2
    assert len(entries(cache_directory)) == 1


def test_another_threshold_is_another_entry(file: Path, cache_directory: Path) -> None:
    """What is kept for one way of reading is not given for another."""
    assert len(load(DataSource(source=str(file)))) == 3
    assert len(load(DataSource(source=str(file), time="time"))) == 3
    assert len(load(DataSource(source=str(file), rating=3, min_rating=0))) == 3
    assert len(entries(cache_directory)) == 3


def test_without(file: Path, cache_directory: Path) -> None:
    load(DataSource(source=str(file)), cache=False)
    assert not cache_directory.exists()


@pytest.mark.parametrize("damage", [b"", b"not a zip", None], ids=["empty", "other", "cut"])
def test_a_damaged_entry_is_replaced(
    damage: bytes | None, file: Path, reads: list[Path], cache_directory: Path
) -> None:
    first = load(DataSource(source=str(file)))
    (entry,) = entries(cache_directory)
    whole = entry.read_bytes()
    entry.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert load(DataSource(source=str(file))).fingerprint() == first.fingerprint()
    assert load(DataSource(source=str(file))).fingerprint() == first.fingerprint()
    assert len(reads) == 2


def test_a_flipped_byte_is_noticed(file: Path, cache_directory: Path) -> None:
    """Anywhere in the entry, the data is right or read anew."""
    first = load(DataSource(source=str(file)))
    (entry,) = entries(cache_directory)
    whole = entry.read_bytes()
    for position in range(0, len(whole), 13):
        entry.write_bytes(
            whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :]
        )
        data = load(DataSource(source=str(file)))
        assert data.fingerprint() == first.fingerprint()
        assert data.user_ids.tolist() == ["ann", "bob"]


def test_an_unwritable_cache_is_left_alone(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "occupied").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "occupied"))
    assert len(load(DataSource(source=str(file)))) == 3
