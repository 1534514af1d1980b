"""Small files that stand for large ones are refused before memory is filled."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from neumf.data import limits
from neumf.data.loading import load
from neumf.data.source import DataSource
from neumf.errors import UserError

ROOT = Path(__file__).parents[3]

FEWER = "has fewer than two whole rows in its first 1,048,576 bytes"


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as refused:
        load(DataSource(source=str(path)))
    line = str(refused.value)
    assert line.startswith(f"{path}: ")
    return line.removeprefix(f"{path}: ")


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files may unfold to 64 kB, or to a hundred times their size."""
    monkeypatch.setattr(limits, "FLOOR", 1 << 16)


@pytest.mark.usefixtures("low")
def test_gzip(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"user,item\n" + b"a,b\n" * 1_000_000))
    size = bomb.stat().st_size
    assert refusal(bomb) == (
        f"{size:,} bytes unfold to more than {100 * size:,}, as no interactions do; store it"
        " uncompressed if yours do"
    )


@pytest.mark.usefixtures("low")
def test_parquet(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.parquet"
    same = pa.array([7] * 1_000_000)
    pq.write_table(pa.table({"user": same, "item": same}), bomb)
    assert "bytes unfold to more than" in refusal(bomb)


@pytest.mark.usefixtures("low")
def test_what_unfolds_as_data_do_is_read(tmp_path: Path) -> None:
    """However much it is."""
    rows = b"".join(b"%d,%d,%d\n" % (k % 997, k * k % 1009, 10**9 + k) for k in range(100_000))
    (tmp_path / "plays.csv.gz").write_bytes(gzip.compress(b"user,item,time\n" + rows))
    assert len(rows) > 20 * limits.FLOOR
    assert load(DataSource(source=str(tmp_path / "plays.csv.gz"))).n_users == 997


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            b"user,item\n1,2\n" + b"x" * (12 << 20) + b",1\n",
            "has a row of more than 4,194,304 bytes",
        ),
        (b"1," * (1 << 20), FEWER),
        (b"user,item\n" + b"x" * (1 << 20), FEWER),
        (b"user,item\n" + b"\n" * (1 << 20), FEWER),
        (b"1," * 30_000 + b"1\n", "30,001 columns; at most 20,000 are read"),
    ],
)
def test_rows_without_end(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    assert refusal(tmp_path / "a.csv") == told


BOUNDED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
import numpy as np
from pathlib import Path
from neumf.data.loading import load
from neumf.data.source import DataSource
from neumf.data.titles import read_titles
from neumf.errors import UserError
*interactions, titles = sys.argv[1:]
for file in interactions:
    try:
        load(DataSource(source=file), cache=False)
    except UserError as refused:
        print(refused)
print(len(read_titles(Path(titles), np.arange(3))[1]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to RLIMIT_AS")
def test_bombs_do_not_fill_memory(tmp_path: Path) -> None:
    """2 GB of rows in 3 MB of gzip, and 100 GB of texts in less of Parquet, in 3 GB of memory:
    the first is refused, the others never unfolded, so that it is told what is wrong with them."""
    rows = b"user,item,%s\n" % (b"x" * 4086) * 4096
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(rows) * 128)
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), ["x" * 1_000_000])
    rising = list(range(100_000))
    for name, columns in {
        "b": {"user": texts, "item": rising},
        "c": {"user": rising, "item": rising, "time": texts},
        "d": {"item": rising, "title": texts},
    }.items():
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet", store_schema=False)
    run = subprocess.run(
        [sys.executable, "-c", BOUNDED, *map(str, sorted(tmp_path.iterdir()))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    gzipped, users, times, titles = run.stdout.splitlines()
    assert "bytes unfold to more than" in gzipped
    assert "only one user" in users
    assert f"time '{'x' * 100}...' in row 1 is not a number" in times
    assert titles == "1000000"
