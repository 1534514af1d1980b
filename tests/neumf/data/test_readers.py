"""Whatever the format, the same rows give the same interactions."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neumf.data.description import describe_interactions
from neumf.data.interactions import Interactions
from neumf.data.loading import load
from neumf.data.source import DataSource
from tests.budget import examples

ROWS = [(196, 242, 3, 881250949), (186, 302, 3, 891717742), (196, 377, 1, 878887116)]


def pairs(data: Interactions) -> list[tuple[Any, Any]]:
    """(user, item) in the person's own ids."""
    return list(zip(data.user_ids[data.users], data.item_ids[data.items], strict=True))


def lines(separator: str, *header: str, rows: Iterable[Sequence[object]] = ROWS) -> str:
    return "".join(separator.join(map(str, row)) + "\n" for row in [header, *rows] if row)


def read(file: Path, text: str, **source: Any) -> Interactions:
    file.write_text(text, encoding="utf-8", newline="")
    return load(DataSource(source=str(file), **source))


MOVIELENS = ("userId", "movieId", "rating", "timestamp")
TEXTS = {
    "u.data": lines("\t"),
    "ratings.dat": lines("::"),
    "ratings.csv": lines(",", *MOVIELENS),
    "ml.inter": lines("\t", "user_id:token", "item_id:token", "rating:float", "timestamp:float"),
    "quoted.csv": lines(",", *(f'"{name}"' for name in MOVIELENS)),
    "semicolons.csv": lines(";", "User-ID", "ISBN item", "score", "Date").replace("ISBN ", ""),
    "pipes.txt": lines("|"),
    "spaces.txt": lines(" "),
    "comma-space.csv": lines(", ", "user", "item", "rating", "time"),
    "windows.csv": lines(",", "user", "item", "rating", "ts").replace("\n", "\r\n"),
    "bom.csv": "\ufeff" + lines(",", *MOVIELENS),
    "blank-lines.csv": "\n\n" + lines(",", *MOVIELENS) + "\n\n",
    "no-last-newline.csv": lines(",").rstrip(),
    "other-order.csv": lines(",", *MOVIELENS[::-1], rows=[row[::-1] for row in ROWS]),
    "no-rating.csv": lines(",", rows=[(user, item, time) for user, item, _, time in ROWS]),
}


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", TEXTS)
def test_text_layouts_agree(name: str, compressed: bool, tmp_path: Path) -> None:
    """Delimiter, header, quotes, order of columns and compression do not matter."""
    file, text = tmp_path / name, TEXTS[name].encode()
    file.write_bytes(gzip.compress(text) if compressed else text)
    data = load(DataSource(source=str(file)))
    assert pairs(data) == [(196, 242), (186, 302), (196, 377)]
    assert data.times.tolist() == [881250949, 891717742, 878887116]
    assert data.user_ids.tolist() == [186, 196]
    assert data.user_ids.dtype == data.item_ids.dtype == data.times.dtype == np.int64
    assert data.users.dtype == data.items.dtype == np.int32
    assert data.name == name


def test_parquet_agrees_with_text(tmp_path: Path) -> None:
    """Ids, times and ratings are read alike, as numbers, strings or categories."""
    expected = read(tmp_path / "a.csv", TEXTS["ratings.csv"], min_rating=2)
    numbers = {name: [row[k] for row in ROWS] for k, name in enumerate(MOVIELENS)}
    texts = {name: [str(value) for value in values] for name, values in numbers.items()}
    categories = {name: pa.array(values).dictionary_encode() for name, values in texts.items()}
    for columns in (numbers, texts, categories):
        pq.write_table(pa.table(columns), tmp_path / "a.parquet")
        data = load(DataSource(source=str(tmp_path / "a.parquet"), min_rating=2), cache=False)
        assert data.fingerprint() == expected.fingerprint()
        assert data.user_ids.tolist() == expected.user_ids.tolist()


# The directory of a test's examples is shared: each writes its files anew.
SHARED = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=examples(50),
)

ids = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), min_size=1),
    st.from_regex(r"0[0-9]{1,4}|[0-9]{19,25}|[0-9]\.0", fullmatch=True),
)


@settings(SHARED)
@given(
    st.lists(st.tuples(ids, ids), min_size=2).filter(
        lambda rows: all(map(two, zip(*rows, strict=True)))
    )
)
def test_ids_survive_every_format(tmp_path: Path, rows: list[tuple[Any, Any]]) -> None:
    """Ids of any type come back as written, and pairs in file order, from CSV, TSV and Parquet."""
    texts = [(str(user), str(item)) for user, item in rows]
    for name, separator in (("a.csv", ","), ("a.tsv", "\t")):
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=separator).writerows([("user", "item"), *texts])
    columns = dict(zip(("user", "item"), map(list, zip(*texts, strict=True)), strict=True))
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    for name in ("a.csv", "a.tsv", "a.parquet"):
        found = pairs(load(DataSource(source=str(tmp_path / name)), cache=False))
        assert [(str(user), str(item)) for user, item in found] == list(dict.fromkeys(texts))


def two(column: Sequence[Any]) -> bool:
    """At least two ids, and none that differ in nothing but the space around a whole number."""
    return len({str(value) for value in column}) > 1 and all(
        str(value) == str(value).strip() for value in column
    )


def test_ids_are_int64_only_if_that_loses_nothing(tmp_path: Path) -> None:
    """007, 1.0 and what is beyond 64 bits stay strings; one string makes all of them strings."""
    for given_ids in (["007", "7"], ["1.0", "2"], ["9223372036854775808", "1"], ["a", "1"]):
        data = read(
            tmp_path / "a.csv",
            lines(",", "user", "item", rows=[(u, 1 + k) for k, u in enumerate(given_ids)]),
        )
        assert sorted(data.user_ids) == sorted(given_ids)
        assert data.user_ids.dtype == object
        assert data.item_ids.dtype == np.int64


def test_quotes_keep_delimiters(tmp_path: Path) -> None:
    """A quoted id may hold the delimiter and doubled quotes."""
    data = read(tmp_path / "a.csv", 'user,item\n"Ann, Jr.","say ""hi"""\nBob,x\n')
    assert pairs(data) == [("Ann, Jr.", 'say "hi"'), ("Bob", "x")]


class TestColumns:
    """Columns are found by name, by position, or as the study says."""

    def test_named_in_the_study(self, tmp_path: Path) -> None:
        text = lines(",", "wann", "wer", "was", "note", rows=[(9, "a", "x", 1), (8, "b", "y", 5)])
        data = read(tmp_path / "a.csv", text, user="wer", item="was", time="wann", rating=3)
        assert pairs(data) == [("a", "x"), ("b", "y")]
        assert data.times.tolist() == [9, 8]

    def test_positions_without_a_header(self, tmp_path: Path) -> None:
        data = read(tmp_path / "a.txt", "9|x|a\n8|y|b\n", user=2, item=1, time=0)
        assert pairs(data) == [("a", "x"), ("b", "y")]
        assert data.times.tolist() == [9, 8]

    def test_strings_without_a_header(self, tmp_path: Path) -> None:
        """Positions say that a line of words is a row."""
        assert len(read(tmp_path / "a.csv", "a,x\nb,y\n", user=0, item=1)) == 2

    def test_an_unknown_header_is_seen_above_numbers(self, tmp_path: Path) -> None:
        data = read(tmp_path / "a.csv", "wer,was\n1,2\n2,3\n", user="wer", item="was")
        assert pairs(data) == [(1, 2), (2, 3)]

    def test_naming_one_leaves_the_others_to_be_found(self, tmp_path: Path) -> None:
        text = lines(",", "artist", "track", "user", "time", rows=[(1, 2, 3, 4), (5, 6, 7, 8)])
        data = read(tmp_path / "a.csv", text, item="track")
        assert pairs(data) == [(3, 2), (7, 6)]
        assert data.times.tolist() == [4, 8]

    def test_no_time_column(self, tmp_path: Path) -> None:
        """The row's position stands in for the time, counted before rows are dropped."""
        data = read(
            tmp_path / "a.csv", "user,item,rating\n1,1,5\n1,2,1\n2,1,5\n2,2,5\n", min_rating=2
        )
        assert data.times.tolist() == [0, 2, 3]


class TestTimes:
    """Times are numbers or ISO 8601 dates."""

    def times(self, tmp_path: Path, first: object, second: object) -> np.ndarray[Any, Any]:
        rows = [(1, 1, first), (2, 2, second)]
        return read(tmp_path / "a.csv", lines(",", "user", "item", "time", rows=rows)).times

    def test_fractions(self, tmp_path: Path) -> None:
        assert self.times(tmp_path, 3, 2.5).tolist() == [3.0, 2.5]

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("2020-01-02", "2020-01-01 00:00:01.5"),
            ("2020-01-02T00:00:00Z", "2020-01-01T02:00:01.5+02:00"),
        ],
    )
    def test_dates(self, first: str, second: str, tmp_path: Path) -> None:
        """Nanoseconds since 1970, in UTC where they have an offset."""
        day = 1577836800 * 10**9
        times = self.times(tmp_path, first, second)
        assert times.tolist() == [day + 86_400 * 10**9, day + 1_500_000_000]
        assert times.dtype == np.int64

    def test_parquet_dates(self, tmp_path: Path) -> None:
        """Whatever unit Parquet keeps them in."""
        day = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        for kind in (pa.date32(), pa.timestamp("ms"), pa.timestamp("us", "Europe/Vienna")):
            table = {"user": [1, 2], "item": [1, 2], "date": pa.array([day, day], kind)}
            pq.write_table(pa.table(table), tmp_path / "a.parquet")
            assert (
                load(DataSource(source=str(tmp_path / "a.parquet")), cache=False).times.tolist()
                == [1577836800 * 10**9] * 2
            )


class TestDuplicates:
    """A pair counts once, at its earliest."""

    def test_earliest_in_time(self, tmp_path: Path) -> None:
        data = read(tmp_path / "a.tsv", "1\t5\t1\t30\n2\t6\t1\t20\n1\t5\t1\t10\n1\t6\t1\t20\n")
        assert pairs(data) == [(2, 6), (1, 5), (1, 6)]
        assert data.times.tolist() == [20, 10, 20]

    def test_ties_go_to_the_first_row(self, tmp_path: Path) -> None:
        data = read(tmp_path / "a.tsv", "1\t5\t1\t9\n2\t5\t1\t9\n1\t5\t1\t9\n1\t6\t1\t9\n")
        assert pairs(data) == [(1, 5), (2, 5), (1, 6)]

    def test_after_the_threshold(self, tmp_path: Path) -> None:
        """An earlier meeting that was not liked does not count."""
        text = "1\t5\t1\t10\n1\t5\t4\t20\n2\t6\t4\t30\n"
        assert read(tmp_path / "a.tsv", text, min_rating=4).times.tolist() == [20, 30]

    @given(
        st.lists(
            st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3)), min_size=1
        ).map(lambda rows: [(8, 8, 0), (9, 9, 0), *rows])
    )
    @settings(SHARED)
    def test_against_a_dictionary(self, tmp_path: Path, rows: list[tuple[int, int, int]]) -> None:
        """The same as walking the rows in time order and keeping what is new."""
        text = lines(",", "user", "item", "time", rows=rows)
        kept: dict[tuple[int, int], int] = {}
        for position in sorted(range(len(rows)), key=lambda k: rows[k][2]):
            kept.setdefault(rows[position][:2], position)
        expected = [rows[position] for position in sorted(kept.values())]
        data = read(tmp_path / "a.csv", text)
        assert [
            (*pair, time) for pair, time in zip(pairs(data), data.times, strict=True)
        ] == expected


def test_threshold_drops_ids_nobody_liked(tmp_path: Path) -> None:
    """Users and items without a row left have no code; a rating at the threshold stays."""
    data = read(
        tmp_path / "u.data", "1\t5\t3\t1\n2\t6\t5\t2\n3\t7\t1\t3\n3\t6\t4\t4\n", min_rating=3
    )
    assert pairs(data) == [(1, 5), (2, 6), (3, 6)]
    assert data.item_ids.tolist() == [5, 6]


def test_a_blank_rating_is_no_matter_without_a_threshold(tmp_path: Path) -> None:
    assert len(read(tmp_path / "a.csv", "user,item,rating\n1,1,\n2,2,3\n")) == 2


class TestDescribe:
    """Two lines for a person."""

    def test_unix_seconds(self, tmp_path: Path) -> None:
        assert describe_interactions(read(tmp_path / "u.data", TEXTS["u.data"])) == (
            "u.data: 2 users, 3 items, 3 interactions (50.00% of all pairs)",
            "history per user: 1 to 2, median 2; 1997-11-07 to 1998-04-04",
        )

    def test_dates(self, tmp_path: Path) -> None:
        rows = [(1, 1, "2020-01-02"), (2, 2, "2021-03-04")]
        data = read(tmp_path / "a.csv", lines(",", "user", "item", "date", rows=rows))
        assert describe_interactions(data)[1].endswith("; 2020-01-02 to 2021-03-04")

    def test_positions_are_no_dates(self, tmp_path: Path) -> None:
        data = read(tmp_path / "a.csv", "user,item\n1,1\n2,2\n")
        assert describe_interactions(data)[1] == "history per user: 1 to 1, median 1"


def test_importing_is_light() -> None:
    """A command's --help may import this package without waiting for PyArrow."""
    code = "import sys, neumf.data; print({'pyarrow', 'pandas', 'torch'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
