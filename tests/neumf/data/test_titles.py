"""What items are called: as GroupLens and RecBole have it."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neumf.data import movielens
from neumf.data.loading import load
from neumf.data.movielens import _ITEM, CATALOGUE, fetch
from neumf.data.source import DataSource
from neumf.data.titles import read_titles, titles
from neumf.errors import UserError

CSV = 'movieId,title,genres\r\n1,Toy Story (1995),A|B\r\n2,"Café ""au"" Lait, The",C\r\n'
FILES = {
    "ml-100k": "1|Toy Story (1995)|01-Jan-1995||http://a|0\n2|Café au Lait|x|\n".encode("latin-1"),
    "ml-1m": "1::Toy Story (1995)::Animation\n2::Café au Lait::Comedy\n".encode("latin-1"),
    "ml-20m": CSV.encode(),
    "ml-32m": CSV.encode(),
}
RATINGS = "1\t1\t1\t1\n1\t2\t1\t2\n2\t1\t1\t1\n"
CAFE = {"ml-20m": 'Café "au" Lait, The', "ml-32m": 'Café "au" Lait, The'}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """GroupLens, whose archives hold two titles; what was fetched."""
    fetched: list[str] = []

    def download(url: str, to: Path, *_: object) -> None:
        name = to.stem
        fetched.append(url)
        with zipfile.ZipFile(to, "w") as archive:
            archive.writestr(CATALOGUE[name].member, RATINGS)
            archive.writestr(CATALOGUE[name].titles.member, FILES[name])

    monkeypatch.setattr(movielens, "download", download)
    return fetched


@pytest.mark.parametrize("name", FILES)
def test_titles_come_with_the_ratings(name: str, served: list[str], cache_directory: Path) -> None:
    """In the encoding and with the quotes of each release; one download for both."""
    fetch(CATALOGUE[name])
    found = titles(name, np.array([2, 9, 1]))
    assert found is not None
    assert found.tolist() == [CAFE.get(name, "Café au Lait"), "", "Toy Story (1995)"]
    assert served == [CATALOGUE[name].url]
    assert (cache_directory / name / "titles.tsv").is_file()


def test_they_are_fetched_where_an_older_version_left_them(
    served: list[str], cache_directory: Path
) -> None:
    file = cache_directory / "ml-1m" / "ratings.dat"
    file.parent.mkdir(parents=True)
    file.write_text("")
    assert titles("ml-1m", np.array([1])) is not None
    assert len(served) == 1


def test_without_them_everything_else_goes_on(
    monkeypatch: pytest.MonkeyPatch, cache_directory: Path
) -> None:
    def unreachable(*_: object) -> None:
        raise UserError("cannot be fetched")

    monkeypatch.setattr(movielens, "download", unreachable)
    assert titles("ml-1m", np.array([1])) is None
    assert not cache_directory.exists()


def test_a_file_of_ones_own_has_none(tmp_path: Path, served: list[str]) -> None:
    """Even if it is called as a data set is: NCF's files of MovieLens number the items anew."""
    (tmp_path / "ml-1m").write_text("1,1,5,1\n1,2,5,2\n2,1,5,1\n")
    mine = load(DataSource(source=str(tmp_path / "ml-1m")))
    assert mine.name == "ml-1m"
    assert titles(mine.catalogue, mine.item_ids) is None
    assert served == []
    assert load(DataSource(source="ml-100k")).catalogue == "ml-100k"


def test_recboles_have_the_year_in_a_column_of_its_own() -> None:
    content = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    content += "1\tToy Story\t1995\tComedy\n2\tunkonwn\tunkonwn\tunknown\n"
    ours = replace(_ITEM, sha256=hashlib.sha256(content.encode()).hexdigest())
    assert ours.read(content.encode()) == [("1", "Toy Story (1995)"), ("2", "unkonwn")]
    with pytest.raises(ValueError, match=r"ml-100k\.item: another file"):
        _ITEM.read(content.encode())


@pytest.mark.network
def test_recboles_are_what_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of the wheel, where GroupLens cannot be reached."""

    def unreachable(*_: object) -> None:
        raise UserError("cannot be fetched")

    monkeypatch.setattr(movielens, "download", unreachable)
    found = titles("ml-100k", np.array([1, 543, 1682]))
    assert found is not None
    assert found.tolist() == [
        "Toy Story (1995)",
        "Misérables, Les (1995)",
        "Scream of Stone (Schrei aus Stein) (1991)",
    ]


class TestOwnFile:
    """Item ids and titles in a file of a person's own."""

    @pytest.mark.parametrize(
        "text",
        [
            "item_id,title\n1,A\n3,C\n",
            "product_name;price;sku\nA;9;1\nC;8;3\n",
            "asin\tTitle\n1\tA\n3\tC\n",
            "code,name\n1,A\n3,C\n",
            "1,A\n3,C\n",
            "1::A\n3::C\n4::D\n",
            'movieId,title,genres\n 1 ,A,"x, y"\n2,,x\n3,C,x\n',
        ],
    )
    def test_its_columns_are_found(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "items").write_text(text)
        assert read_titles(tmp_path / "items", np.array([3, 2, 1])).tolist() == ["C", "", "A"]

    def test_it_may_be_parquet(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"title": ["A", None, "C"], "item": [1, 2, 3]})
        frame.to_parquet(tmp_path / "items.parquet")
        found = read_titles(tmp_path / "items.parquet", np.array([3, 2, 1]))
        assert found.tolist() == ["C", "", "A"]

    def test_ids_may_be_strings(self, tmp_path: Path) -> None:
        (tmp_path / "items").write_text("item,title\nx1,A\nx3,C\n")
        ids = np.array(["x3", "x1"], object)
        assert read_titles(tmp_path / "items", ids).tolist() == ["C", "A"]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            (None, "cannot be read (No such file"),
            ("", "is empty"),
            ("item,price\n1,9\n", "no column is called title or name; its columns are 'item'"),
            ("item,title\n7,A\n", "has the title of no item; items are such as 3, those of the"),
            ("item,title\n", "has a header and no rows"),
        ],
    )
    def test_a_mistake_is_one_line(self, text: str | None, line: str, tmp_path: Path) -> None:
        if text is not None:
            (tmp_path / "items").write_text(text)
        with pytest.raises(UserError) as refused:
            read_titles(tmp_path / "items", np.array([3, 2, 1]))
        assert line in str(refused.value)
        assert "\n" not in str(refused.value)
