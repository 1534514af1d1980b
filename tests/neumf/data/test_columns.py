"""Columns are found under the names that the field uses, and by what they hold without names."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from neumf.data.column_names import role_of
from neumf.data.description import NO_TIMES, describe_interactions
from neumf.data.interactions import Interactions
from neumf.data.loading import load
from neumf.data.source import Column, DataSource
from neumf.data.text import read_text
from neumf.data.unix_time import unix_unit
from neumf.errors import UserError

NAMES = {
    "user": "user user_id userId uid User-ID user_idx customer_id CustomerID cust_id reviewerID"
    " visitorid member_no steamid",
    "item": "item item_id movieId asin parent_asin product_id sku ISBN track_id artist_id"
    " artist_mbid business_id StockCode gmap_id anime_id appid isbn13",
    "rating": "rating Rating stars score Book-Rating overall",
    "time": "time date timestamp ts created_at createdAt played_at listened_at rated_at event_time"
    " timestamp_ms unix_timestamp timestamps review_date unixReviewTime reviewTime datetime"
    " date_added time_stamp purchase_date order_date InvoiceDate event_timestamp visit_time"
    " eventdate start_time utc_time utcTimestamp checkin_time t_dat epoch_ms Timestamp(ms) dt"
    " TRANSACTION_DT last_watch_dt timepoint collector_tstamp inserted_at completed_at"
    " first_seen_at enroll_time",
    None: "id title genre price quantity category text review_text reviewerName age state"
    " playtime_forever play_time watch_time_ms view_time release_date birth_date times timeframe",
}


@pytest.mark.parametrize(
    ("role", "name"), [(role, name) for role, names in NAMES.items() for name in names.split()]
)
def test_a_header_says_what_its_column_is(role: str | None, name: str) -> None:
    """As public data sets spell it. How long a play took, and when a film came out, is not when
    a user met it."""
    assert role_of(name) == role


def times(path: Path, text: str, **source: Column) -> list[float] | None:
    """The times in a file of this text; None if it has none."""
    data = read(path, text, **source)
    return data.times.tolist() if data.has_times else None


def read(path: Path, text: str, **source: Column) -> Interactions:
    file = path / "a.csv"
    file.write_text(text)
    return load(DataSource(source=str(file), **source), cache=False)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES["time"].split())
def test_a_time_column_is_used(name: str, tmp_path: Path) -> None:
    """Whatever the field calls it, rows are not taken in file order then."""
    assert times(tmp_path, f"user,item,{name}\n1,1,9\n2,2,8\n") == [9, 8]


class TestPlainest:
    """Of several names for a role, the one that says it most plainly."""

    def test_user_before_customer(self, tmp_path: Path) -> None:
        data = read(tmp_path, "customer_id,user_id,item\n1,8,1\n1,9,2\n")
        assert data.user_ids.tolist() == [8, 9]

    def test_an_id_before_a_name(self, tmp_path: Path) -> None:
        data = read(tmp_path, "user_id,track,track_id\n1,x,8\n2,x,9\n")
        assert data.item_ids.tolist() == [8, 9]

    def test_unix_time_before_time_in_words(self, tmp_path: Path) -> None:
        """Amazon has both."""
        text = "user,asin,reviewTime,unixReviewTime\n1,1,05 3 2011,9\n2,2,05 2 2011,8\n"
        assert times(tmp_path, text) == [9, 8]


U, V = 881250949, 891717742  # Unix times


class TestWithoutHeader:
    """The time is what holds times, over all rows that are looked at."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (f"1,1,{U},5\n2,2,{V},3\n", [U, V]),
            (f"1,1,5,{U}\n2,2,3,{V}\n", [U, V]),
            (f"1,1,{U}\n2,2,{V}\n", [U, V]),
            (f"1,1,{U}000,5\n2,2,{V}000,3\n", [U * 1000, V * 1000]),
            (f"1,1,{U}.5,5\n2,2,{V}.5,3\n", [U + 0.5, V + 0.5]),
            ("1,1,1970-01-01 00:00:01,5\n2,2,1970-01-01 00:00:02,3\n", [10**9, 2 * 10**9]),
            (f"1,1,{U},5\n2,2,3,{V}\n", [5, V]),  # neither column is all times: as in u.data
            ("1,1,5,30\n2,2,3,20\n", [30, 20]),  # as in u.data
            ("1,1,5\n2,2,3\n", None),
            (f"1,1,{U}\n2,2,3\n", None),
            ("1,1\n2,2\n", None),
        ],
    )
    def test_by_what_it_holds(
        self, text: str, expected: list[float] | None, tmp_path: Path
    ) -> None:
        assert times(tmp_path, text) == expected

    @pytest.mark.parametrize(
        "text",
        [f"1,{U},1,5\n2,{V},2,3\n", f"{U},1,1\n{V},2,2\n", "1,2020-01-01,1\n2,2020-01-02,2\n"],
    )
    def test_where_a_user_or_an_item_is_expected(self, text: str, tmp_path: Path) -> None:
        """Times are not taken for ids unasked, but they are if told so."""
        with pytest.raises(UserError, match="looks like times; give positions"):
            read(tmp_path, text)
        assert len(read(tmp_path, text, user=0, item=1)) == 2

    def test_long_ids(self, tmp_path: Path) -> None:
        """Ids may look like times, beside a column of times or where there are only two."""
        assert times(tmp_path, f"{U},1,5,{U}\n{V},2,3,{V}\n") == [U, V]
        assert times(tmp_path, f"{U},1\n{V},2\n") is None

    def test_far_below_the_first_row(self, tmp_path: Path) -> None:
        """A first row that looks like a time does not make a column one."""
        rows = [f"1,1,{U},{U}", *(f"{k},{k},{k % 5},{V}" for k in range(2, 500))]
        found = times(tmp_path, "\n".join(rows) + "\n")
        assert found is not None
        assert found[:2] == [U, V]

    def test_beside_named_positions(self, tmp_path: Path) -> None:
        """In a wide file too; where two could be it, neither is taken unasked."""
        rows = f"a,1,1,{U},x\nb,2,2,{V},y\n"
        assert times(tmp_path, rows, user=1, item=2) == [U, V]
        assert times(tmp_path, f"{U},1,1,{U}\n{V},2,2,{V}\n", user=1, item=2) is None


def test_times_in_one_unit() -> None:
    """Seconds to nanoseconds; not a mixture, nor ratings, positions or nothing."""
    for unit in (1, 10**3, 10**6, 10**9):
        assert unix_unit(U * unit, V * unit) == unit
    assert unix_unit(U, V * 1000) is None
    assert unix_unit(1, 5) is None
    assert unix_unit(0, 10**7) is None


class TestNoTimes:
    """A file without times says so, from the reader through the cache to the description."""

    @pytest.mark.parametrize("cached", [False, True])
    def test_it_is_said(self, cached: bool, tmp_path: Path) -> None:
        file = tmp_path / "a.csv"
        file.write_text("user,item,rating\n1,1,5\n2,2,5\n")
        source = DataSource(source=str(file))
        if cached:
            load(source)
        data = load(source)
        assert not data.has_times
        assert describe_interactions(data)[-1] == NO_TIMES

    def test_nothing_is_said_with_times(self, tmp_path: Path) -> None:
        data = read(tmp_path, "user,item,played_at\n1,1,5\n2,2,5\n")
        assert data.has_times
        assert NO_TIMES not in describe_interactions(data)

    @pytest.mark.parametrize(("rows", "has_times"), [("0\t1\n1\t0\n", False), (None, True)])
    def test_ncf(self, rows: str | None, has_times: bool, tmp_path: Path) -> None:
        """NCF's files have a fourth column, or not."""
        for ending, text in (
            ("train.rating", rows or "0\t1\t5\t7\n1\t0\t5\t8\n"),
            ("test.rating", "0\t0\n1\t1\n"),
            ("test.negative", "(0,0)\t2\n(1,1)\t3\n"),
        ):
            (tmp_path / f"toy.{ending}").write_text(text)
        data = load(DataSource(source=str(tmp_path / "toy")), cache=False)
        assert data.has_times is has_times


class TestRatings:
    """A rating is read only for a threshold."""

    @pytest.mark.parametrize("rating", ["good", "nan", "-inf", ""])
    def test_words_do_not_matter_without_one(self, rating: str, tmp_path: Path) -> None:
        assert len(read(tmp_path, f"user,item,rating\n1,1,{rating}\n2,2,3\n")) == 2
        assert len(read(tmp_path, f"user,item,x\n1,1,{rating}\n2,2,3\n", rating="x")) == 2

    @pytest.mark.parametrize("header", ["", "user,item,rating,time\n"])
    def test_it_is_not_even_read(self, header: str, tmp_path: Path) -> None:
        file = tmp_path / "a.csv"
        file.write_text(f"{header}1,1,5,{U}\n2,2,3,{V}\n")
        for min_rating, roles in ((None, {"user", "item", "time"}), (1.0, {*NAMES} - {None})):
            source = DataSource(source=str(file), min_rating=min_rating)
            assert read_text(file, source).columns.keys() == roles

    def test_nor_do_two_of_them(self, tmp_path: Path) -> None:
        assert len(read(tmp_path, "user,item,score,stars\n1,1,1,2\n2,2,3,4\n")) == 2

    def test_parquet_too(self, tmp_path: Path) -> None:
        table = {"user": [1, 2], "item": [1, 2], "rating": [[1], [2]]}
        pq.write_table(pa.table(table), tmp_path / "a.parquet")
        assert len(load(DataSource(source=str(tmp_path / "a.parquet")), cache=False)) == 2


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_parquet_strings_of_any_layout(kind: pa.DataType, tmp_path: Path) -> None:
    """pandas and polars write times, ratings and ids as large strings; spaces around do not
    matter."""
    table = {
        "user": pa.array(["a", "b"], kind),
        "item": pa.array(["1", "2"], kind),
        "time": pa.array([" 7", "8 "], kind),
        "rating": pa.array([" 4", "5 "], kind),
    }
    pq.write_table(pa.table(table), tmp_path / "a.parquet")
    data = load(DataSource(source=str(tmp_path / "a.parquet"), min_rating=4), cache=False)
    assert data.times.tolist() == [7, 8]
    assert data.user_ids.tolist() == ["a", "b"]
    assert data.item_ids.tolist() == [1, 2]
