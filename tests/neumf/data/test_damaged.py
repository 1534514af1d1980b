"""Damaged files of every kind are read or refused in one line; so is what is no file at all."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neumf.data.loading import load
from neumf.data.source import DataSource
from neumf.data.titles import read_titles
from neumf.errors import UserError
from tests.budget import examples
from tests.damage import damaged
from tests.specials import SPECIALS, make_special

ROWS = [(k % 7, k * k % 11, k % 5 + 1, 881250949 + k) for k in range(40)]
PAIRS = len({(user, item) for user, item, _, _ in ROWS})
USERS, ITEMS, RATINGS, TIMES = (list(column) for column in zip(*ROWS, strict=True))


def text(delimiter: str, header: str = "") -> bytes:
    lines = [delimiter.join(map(str, row)) for row in ROWS]
    return "".join(f"{line}\n" for line in (header, *lines) if line).encode()


def parquet(codec: str = "snappy", **columns: object) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, compression=codec)
    return bytes(sink.getvalue())


HEADED = text(",", "user,item,rating,time")
FILES = {
    "CSV": HEADED,
    "CSV, names": b"user,item\n" + b"".join(b'"ann, %d",%d\n' % row[:2] for row in ROWS),
    "u.data": text("\t"),
    "ratings.dat": text("::"),
    "bars": text("|"),
    "spaces": text(" "),
    "RecBole": text("\t", "user_id:token\titem_id:token\trating:float\ttimestamp:float"),
    "gzip": gzip.compress(HEADED),
    "Parquet": parquet(user=USERS, item=ITEMS, rating=RATINGS, time=TIMES),
    "Parquet, texts and dates": parquet(
        "zstd",
        user=[f"u{user}" for user in USERS],
        item=pa.array([f"i{item}" for item in ITEMS]).dictionary_encode(),
        time=pa.array(TIMES, pa.timestamp("s")),
    ),
}
TRIPLE = {
    "p.train.rating": text("\t"),
    "p.test.rating": b"".join(b"%d\t%d\t1\t9\n" % (k, k + 3) for k in range(5)),
    "p.test.negative": b"".join(b"(%d,%d)\t%d\t%d\n" % (k, k + 3, k + 20, k + 9) for k in range(5)),
}
TITLES = {
    "CSV": b"item,title\n" + b"".join(b"%d,Film %d\n" % (k, k) for k in range(11)),
    "no header": b"".join(b"%d|Film %d|x\n" % (k, k) for k in range(11)),
    "Parquet": parquet(item=list(range(11)), title=[f"Film {k}" for k in range(11)]),
}

tried = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60)
)


def read_or_refused(read: Callable[[], object], folder: Path) -> None:
    """No other error; one line, which may be printed and names the file."""
    line = f"{folder}"
    try:
        read()
    except UserError as error:
        line = str(error)
    assert str(folder) in line
    assert line.isprintable()


@pytest.mark.parametrize("kind", FILES)
def test_the_files_are_whole_before(kind: str, tmp_path: Path) -> None:
    """Or their damage would prove nothing."""
    (tmp_path / "file").write_bytes(FILES[kind])
    assert len(load(DataSource(source=str(tmp_path / "file")))) == PAIRS


@pytest.mark.parametrize("kind", FILES)
@given(data=st.data(), threshold=st.none() | st.just(2.0), user=st.sampled_from([None, 0, "user"]))
@tried
def test_interactions(
    kind: str, tmp_path: Path, data: st.DataObject, threshold: float | None, user: int | str | None
) -> None:
    """Of every format, with columns found or named, and with a threshold."""
    file = tmp_path / "file"
    file.write_bytes(data.draw(damaged(FILES[kind])))
    source = DataSource(source=str(file), min_rating=threshold, user=user)
    read_or_refused(lambda: load(source, cache=False), tmp_path)


@pytest.mark.parametrize("broken", TRIPLE)
@given(data=st.data())
@tried
def test_ncf(broken: str, tmp_path: Path, data: st.DataObject) -> None:
    for name, content in TRIPLE.items():
        (tmp_path / name).write_bytes(content)
    source = DataSource(source=str(tmp_path / "p"))
    assert len(load(source, cache=False)) == PAIRS
    (tmp_path / broken).write_bytes(data.draw(damaged(TRIPLE[broken])))
    read_or_refused(lambda: load(source, cache=False), tmp_path)


@pytest.mark.parametrize("kind", TITLES)
@given(data=st.data())
@tried
def test_titles(kind: str, tmp_path: Path, data: st.DataObject) -> None:
    file = tmp_path / "titles"
    file.write_bytes(TITLES[kind])
    assert read_titles(file, np.arange(11))[3] == "Film 3"
    file.write_bytes(data.draw(damaged(TITLES[kind])))
    read_or_refused(lambda: read_titles(file, np.arange(11)), tmp_path)


@pytest.mark.parametrize("kind", SPECIALS)
def test_what_is_no_file(kind: str, tmp_path: Path) -> None:
    """A pipe would keep its reader waiting, a device would never end."""
    path = make_special(kind, tmp_path / "special")
    for read in (
        lambda: load(DataSource(source=str(path))),
        lambda: read_titles(path, np.arange(3)),
    ):
        with pytest.raises(UserError, match=str(path)) as refused:
            read()
        assert str(refused.value).isprintable()
    assert {path.name for path in tmp_path.iterdir()} <= {"special"}
