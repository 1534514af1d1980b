"""NCF's triple keeps its test split and its negatives."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from neumf.data.loading import load
from neumf.data.source import DataSource
from neumf.errors import UserError

TRAIN = "0\t3\t5\t30\n0\t1\t4\t10\n1\t0\t1\t7\n1\t3\t3\t7\n"
TEST = "0\t2\t5\t40\n1\t1\t2\t50\n"
NEGATIVES = "(0,2)\t0\t5\t4\n(1,1)\t2\t5\t3\n"


def write(directory: Path, train: str = TRAIN, test: str = TEST, negatives: str = NEGATIVES) -> str:
    """A triple; returns its prefix. 5 is no training item, 3 among 1's negatives is one."""
    (directory / "toy.train.rating.gz").write_bytes(gzip.compress(train.encode()))
    (directory / "toy.test.rating").write_text(test)
    (directory / "toy.test.negative").write_text(negatives)
    return str(directory / "toy")


@pytest.mark.parametrize(
    "ending", ["", ".train.rating", ".train.rating.gz", ".test.rating", ".test.negative"]
)
def test_prefix_and_files_name_the_same(ending: str, tmp_path: Path) -> None:
    """Everything of the three files arrives, under codes that follow the ids."""
    data = load(DataSource(source=write(tmp_path) + ending))
    assert data.name == "toy"
    assert data.user_ids.tolist() == [0, 1]
    assert data.item_ids.tolist() == [0, 1, 2, 3, 4, 5]
    assert data.users.tolist() == [0, 0, 1, 1]
    assert data.items.tolist() == [3, 1, 0, 3]
    assert data.times.tolist() == [30, 10, 7, 7]
    assert data.given_test is not None
    assert data.given_test.users.tolist() == [0, 1]
    assert data.given_test.items.tolist() == [2, 1]
    assert data.given_test.negatives.tolist() == [[0, 5, 4], [2, 5, 3]]
    assert {array.dtype for array in vars(data.given_test).values()} == {np.dtype(np.int32)}


def test_gaps_between_ids_are_closed(tmp_path: Path) -> None:
    """Ids far apart cost nothing, and a user may have nothing but a test row."""
    train, test = "7\t1000000000\n7\t5\n9\t5\n", "8\t6\t1\t1\n9\t1000000000\t1\t2\n"
    data = load(
        DataSource(source=write(tmp_path, train, test, "(8,6)\t5\n(9,1000000000)\t4000000000000\n"))
    )
    assert data.user_ids.tolist() == [7, 8, 9]
    assert data.item_ids.tolist() == [5, 6, 1000000000, 4000000000000]
    assert data.users.tolist() == [0, 0, 2]
    assert data.items.tolist() == [2, 0, 0]
    assert data.times.tolist() == [0, 1, 2]
    assert data.given_test is not None
    assert data.given_test.negatives.tolist() == [[0], [3]]


@pytest.mark.parametrize("ending", ["train.rating.gz", "test.rating", "test.negative"])
def test_a_missing_sibling(ending: str, tmp_path: Path) -> None:
    prefix = write(tmp_path)
    (tmp_path / f"toy.{ending}").unlink()
    plain = ending.removesuffix(".gz")
    refused(
        prefix, f"{prefix}: NCF data needs {prefix}.train.rating, ", f" {prefix}.{plain} is missing"
    )


CASES = {
    "row for another item": (
        {"negatives": "(0,2)\t0\n(1,0)\t2\n"},
        "toy.test.negative: row 2 is for (1,0), that of",
        "for (1,1)",
    ),
    "fewer rows": ({"negatives": "(0,2)\t0\n"}, "toy.test.negative: has 1 rows, ", "has 2"),
    "no pair": ({"negatives": "0\t2\n1\t1\n"}, "row 1 starts with '0', not (user,item)"),
    "fewer negatives": (
        {"negatives": "(0,2)\t0\t5\n(1,1)\t2\n"},
        "row 2 has 2 columns, the first has 3",
    ),
    "blank negative": (
        {"negatives": "(0,2)\t0\t5\n(1,1)\t\t2\n"},
        "1 row has no negative 1, the first is row 2",
    ),
    "negative below zero": (
        {"negatives": "(0,2)\t0\n(1,1)\t-2\n"},
        "negative 1 is -2 in row 2; NCF's ids count from 0",
    ),
    "word for a negative": (
        {"negatives": "(0,2)\t0\n(1,1)\tx\n"},
        "'x' in row 2 is not a whole number",
    ),
    "user below zero": (
        {"train": TRAIN + "-1\t3\t1\t1\n"},
        "user is -1 in row 5; NCF's ids count from 0",
    ),
    "item below zero": ({"test": "0\t-2\t5\t40\n1\t1\t2\t50\n"}, "item is -2 in row 1"),
    "word for a user": (
        {"train": "0\t1\t5\t3\nann\t1\t5\t3\n"},
        "'ann' in row 2 is not a whole number",
    ),
    "no item": ({"test": "0\t2\t5\t40\n1\t\t2\t50\n"}, "toy.test.rating: 1 row has no item"),
    "word for a time": ({"train": "0\t1\t5\t3\n1\t1\t5\tx\n"}, "time 'x' in row 2"),
    "empty training file": ({"train": ""}, "toy.train.rating.gz: is empty"),
    "empty test file": ({"test": ""}, "toy.test.rating: is empty"),
    "one user": ({"train": "0\t1\t5\t3\n0\t2\t5\t3\n"}, "only one user (0)"),
}


@pytest.mark.parametrize(
    ("files", "parts"), [(c[0], c[1:]) for c in CASES.values()], ids=CASES.keys()
)
def test_files_that_make_no_sense(
    files: dict[str, str], parts: tuple[str, ...], tmp_path: Path, cache_directory: Path
) -> None:
    """One line with the file and the row, and no cache."""
    refused(write(tmp_path, **files), *parts)
    assert not cache_directory.exists()


def test_the_split_cannot_be_filtered(tmp_path: Path) -> None:
    refused(write(tmp_path), "NCF files have fixed columns and no threshold", min_rating=3)


def refused(path: str, *parts: str, min_rating: float | None = None) -> None:
    with pytest.raises(UserError) as caught:
        load(DataSource(source=path, min_rating=min_rating))
    line = str(caught.value)
    assert "\n" not in line
    for part in parts:
        assert part in line
