"""A person's mistake is one clear line, and leaves nothing behind."""

from __future__ import annotations

import gzip
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neumf.data.loading import load
from neumf.data.source import DataSource
from neumf.errors import UserError
from tests.budget import examples

HEADER = b"user,item,rating,time\n"
SMALL = b"user,item\na,1\nb,2\n"
GZIPPED = gzip.compress(HEADER + b"".join(b"%d,%d,3,%d\n" % (k, k * k, k) for k in range(9999)))


@dataclass(frozen=True)
class Case:
    """A file, how it is asked for, and the line that must come of it."""

    content: bytes
    message: str
    source: dict[str, Any] = field(default_factory=dict)
    name: str = "ratings.csv"


def parquet(**columns: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return bytes(sink.getvalue())


WHOLE = parquet(user=list(range(999)), item=list(range(999)))
FOUR = {"min_rating": 4}

CASES = {
    "empty": Case(b"", "is empty"),
    "blank": Case(b"\n \n", "is empty"),
    "header only": Case(HEADER, "has a header and no rows"),
    "header only, no newline": Case(b"user,item", "has a header and no rows"),
    "one column": Case(b"user\n1\n2\n", "only one column; a user and an item are needed"),
    "one endless line": Case(b"1" * 200_000 + b",2", "only one column"),
    "no item": Case(
        b"user,wert\n1,2\n3,4\n",
        "no item column among 'user', 'wert'; name it: --item-column 'wert', or [data] item"
        " = 'wert' in the study",
    ),
    "unknown header": Case(
        b"kunde,artikel\n1,2\n3,4\n",
        "no user column among 'kunde', 'artikel'; name it: --user-column 'kunde', or [data]",
    ),
    "unknown header, one taken": Case(
        b"item,kunde\n1,2\n3,4\n",
        "no user column among 'item', 'kunde'; name it: --user-column 'kunde'",
    ),
    "no column left": Case(
        b"user,time\n1,2\n3,4\n", "no item column; all there is, is 'user', 'time'"
    ),
    "header or not": Case(
        b"ann,jazz\nbob,rock\n",
        "is its first line ('ann', 'jazz') a header? Give --user-column 'ann' --item-column 'jazz'"
        " if so, --user-column 0 --item-column 1 if not",
    ),
    "header of another width": Case(
        b"user,item,time\n1,2\n3,4\n", "row 2 has 2 columns, the header has 3"
    ),
    "two times": Case(
        b"user,item,created_at,event_time\n1,2,3,4\n2,3,4,5\n",
        "columns 'created_at', 'event_time' could each be the time; say which: --time-column 2, or"
        " [data] time = 2 in the study",
    ),
    "two times without header": Case(
        b"1,2,881250949,881250949\n2,3,881250950,881250959\n",
        "columns 2, 3 could each be the time; say which: --time-column 2",
    ),
    "ambiguous": Case(
        b"user,artist,track\n1,2,3\n2,3,4\n",
        "columns 'artist', 'track' could each be the item; say which: --item-column 1, or [data]"
        " item = 1 in the study",
    ),
    "same name twice": Case(
        b"id,id,item\n1,2,3\n2,3,4\n", "columns 'id', 'id' could each be the user", {"user": "id"}
    ),
    "misspelt name": Case(
        b"wer,was\n1,2\n2,3\n", "no column 'wehr' among 'wer', 'was'", {"user": "wehr"}
    ),
    "name without header": Case(
        b"1,2\n2,3\n", "no column 'wer', the file has no header; give its position", {"user": "wer"}
    ),
    "no such position": Case(b"1,2\n2,3\n", "item = 2, but its columns are 0 to 1", {"item": 2}),
    "no such position, header": Case(
        HEADER + b"1,2,3,4\n", "item = 9, but its columns are 0 to 3", {"item": 9}
    ),
    "one column, two roles": Case(
        HEADER + b"1,2,3,4\n", "column 1 cannot be both user and item", {"user": 1, "item": "item"}
    ),
    "two roles by default": Case(
        b"1,2\n2,3\n", "column 1 cannot be both user and item", {"user": 1}
    ),
    "five columns": Case(b"1,2,3,4,5\n", "5 columns and no header; give positions"),
    "short row": Case(HEADER + b"1,2,3,4\n1,2\n", "row 3 has 2 columns, the first has 4"),
    "long row": Case(b"1::2::3::4\n1::2::3::4::5\n", "row 2 has 5 columns, the first has 4"),
    "missing user": Case(
        HEADER + b"1,2,3,4\n,2,3,4\n,3,3,4\n", "2 rows have no user, the first is row 3"
    ),
    "missing item": Case(HEADER + b'1,2,3,4\n2,"",3,4\n', "1 row has no item, the first is row 3"),
    "missing time": Case(HEADER + b"1,2,3,4\n2,2,3,\n", "1 row has no time, the first is row 3"),
    "word for a time": Case(
        HEADER + b"1,2,3,4\n2,2,3,5\n3,2,3,now\n4,2,3,then\n",
        "time 'now' in row 4 is not a number or an ISO 8601 date",
    ),
    "other date": Case(
        HEADER + b"1,2,3,2020-01-01\n2,2,3,12/31/2020\n",
        "time '12/31/2020' in row 3 is not a number or an ISO 8601 date",
    ),
    "time NaN": Case(HEADER + b"1,2,3,4.5\n2,2,3,nan\n", "time 'nan' in row 3 is not a number"),
    "word for a rating, threshold": Case(
        HEADER + b"1,2,3,4\n2,3,good,4\n", "rating 'good' in row 3 is not a number", FOUR
    ),
    "rating NaN": Case(
        HEADER + b"1,2,3,4\n2,3,nan,4\n", "rating 'nan' in row 3 is not a number", FOUR
    ),
    "rating inf": Case(
        HEADER + b"1,2,-inf,4\n2,3,4,4\n", "rating '-inf' in row 2 is not a number", FOUR
    ),
    "two ratings": Case(
        b"user,item,score,stars\n1,2,3,4\n2,3,4,5\n",
        "columns 'score', 'stars' could each be the rating; say which: --rating-column 2",
        FOUR,
    ),
    "blank rating": Case(
        HEADER + b"1,2,3,4\n2,3,,4\n", "1 row has no rating, the first is row 3", FOUR
    ),
    "no rating": Case(b"user,item\n1,2\n2,3\n", "min_rating = 4 needs a rating column", FOUR),
    "high threshold": Case(
        HEADER + b"1,2,3,4\n2,3,5,4\n",
        "min_rating = 6 leaves nothing; ratings run from 3 to 5",
        {"min_rating": 6},
    ),
    "single user": Case(HEADER + b"7,2,3,4\n7,3,3,4\n", "only one user (7)"),
    "single item": Case(HEADER + b"1,ab,3,4\n2,ab,3,4\n", "only one item ('ab')"),
    "single user above the threshold": Case(
        HEADER + b"1,2,5,4\n1,3,5,4\n2,3,3,4\n", "only one user (1)", FOUR
    ),
    "binary": Case(bytes(range(256)), "is neither UTF-8 text (CSV, TSV, ...) nor Parquet"),
    "Excel's UTF-16": Case("user,item\n1,2\n".encode("utf-16"), "is neither UTF-8 text"),
    "Latin-1": Case("user,item\nÄnne,2\n".encode("latin-1"), "is not UTF-8 text"),
    "Latin-1 far below": Case(
        b"user,item\n" + b"a,b\n" * 400_000 + "ä,b\n".encode("latin-1"), "is not UTF-8 text"
    ),
    "gzip cut short": Case(GZIPPED[:-30], "cannot be read (", name="ratings.csv.gz"),
    "gzip damaged": Case(GZIPPED[:99] + b"\xff" * 99 + GZIPPED[198:], "cannot be read ("),
    "gzip of nothing": Case(gzip.compress(b""), "is empty"),
    "not Parquet": Case(b"user,item\n1,2\n", "cannot be read as Parquet (", name="a.parquet"),
    "Parquet cut short": Case(WHOLE[:-9], "cannot be read as Parquet ("),
    "Parquet damaged": Case(WHOLE[:20] + b"\xff" * 99 + WHOLE[119:], "cannot be read as Parquet ("),
    "Parquet without rows": Case(
        parquet(user=pa.array([], "i8"), item=pa.array([], "i8")), "has no rows"
    ),
    "Parquet without users": Case(parquet(a=[1], item=[2]), "no user column among 'a', 'item'"),
    "Parquet, missing user": Case(
        parquet(user=[1.0, None, math.nan], item=[1, 2, 3]),
        "2 rows have no user, the first is row 2",
    ),
    "Parquet, lists for ids": Case(
        parquet(user=[[1], [2]], item=[1, 2]),
        "column 'user' holds list<element: int64>, not a value a row",
    ),
    "Parquet, word for a rating": Case(
        parquet(user=[1, 2], item=[1, 2], rating=["5", "x"]),
        "rating 'x' in row 2 is not a number",
        FOUR,
    ),
    "Parquet, lists for times": Case(
        parquet(user=[1, 2], item=[1, 2], time=[[1], [2]]),
        "column 'time' holds list<element: int64>, not a value a row",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_one_line_and_nothing_left_behind(
    case: Case, tmp_path: Path, cache_directory: Path
) -> None:
    """The line names the file and the trouble; no cache, no other file appears."""
    file = tmp_path / case.name
    file.write_bytes(case.content)
    refused(str(file), f"{file}: ", case.message, **case.source)
    assert list(tmp_path.iterdir()) == [file]
    assert not cache_directory.exists()


def refused(path: str, *parts: str, **source: Any) -> None:
    with pytest.raises(UserError) as caught:
        load(DataSource(source=path, **source))
    line = str(caught.value)
    assert "\n" not in line
    for part in parts:
        assert part in line


def test_no_such_file(tmp_path: Path) -> None:
    refused(str(tmp_path / "a.csv"), f"{tmp_path / 'a.csv'}: no such file or data set", "ml-100k")


@pytest.mark.parametrize("name", ["ml-100K", "ML-100k", "ml100k", "ml-100k.csv"])
def test_a_misspelt_data_set(name: str) -> None:
    refused(name, f"{name}: no such file or data set; did you mean 'ml-100k'?")


def test_a_directory(tmp_path: Path) -> None:
    refused(str(tmp_path), "is a directory; give a file in it")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for the superuser of a container, whom permissions do not stop."""

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "a.csv"
    file.write_bytes(HEADER + b"1,2,3,4\n")
    monkeypatch.setattr(Path, "open", forbidden)
    refused(str(file), f"{file}: cannot be read (Permission denied)")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"source": " "}, "data = ' ': give a data set's name or a file"),
        ({"source": "a", "user": -1}, "user = -1: positions count from 0"),
        ({"source": "a", "min_rating": math.nan}, "min_rating = nan: must be a finite number"),
    ],
)
def test_a_source_that_makes_no_sense(source: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        DataSource(**source).check()
    assert str(caught.value) == message


@given(
    st.one_of(
        st.binary(),
        st.text(st.sampled_from("a1,\t;:\"' .-\n\r")).map(str.encode),
        st.tuples(
            st.sampled_from([gzip.compress(SMALL), parquet(user=["a", "b"], item=[1, 2])]),
            st.integers(0),
            st.binary(min_size=1),
        ).map(lambda damage: overwritten(*damage)),
    )
)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=examples(200),
)
def test_no_bytes_end_in_a_traceback(tmp_path: Path, content: bytes) -> None:
    """Whatever is in the file, it is read or refused in one line."""
    file = tmp_path / "any"
    file.write_bytes(content)
    try:
        rows, line = len(load(DataSource(source=str(file)), cache=False)), f"{file}: "
    except UserError as error:
        rows, line = 1, str(error)
    assert rows
    assert line.startswith(f"{file}: ")
    assert len(line.splitlines()) == 1


def overwritten(content: bytes, position: int, damage: bytes) -> bytes:
    position %= len(content)
    return content[:position] + damage + content[position + len(damage) :]
