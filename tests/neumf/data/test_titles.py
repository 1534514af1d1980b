"""What items are called: as GroupLens and RecBole have it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from neumf.data import movielens
from neumf.data.movielens import _ITEM, CATALOGUE, fetch
from neumf.data.source import DataSource
from neumf.data.titles import titles
from neumf.errors import UserError

CSV = 'movieId,title,genres\r\n1,Toy Story (1995),A|B\r\n2,"Café ""au"" Lait, The",C\r\n'
FILES = {
    "ml-100k": "1|Toy Story (1995)|01-Jan-1995||http://a|0\n2|Café au Lait|x|\n".encode("latin-1"),
    "ml-1m": "1::Toy Story (1995)::Animation\n2::Café au Lait::Comedy\n".encode("latin-1"),
    "ml-20m": CSV.encode(),
    "ml-32m": CSV.encode(),
}
CAFE = {"ml-20m": 'Café "au" Lait, The', "ml-32m": 'Café "au" Lait, The'}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """GroupLens, whose archives hold two titles; what was fetched."""
    fetched: list[str] = []

    def download(url: str, to: Path, *_: object) -> None:
        name = to.stem
        fetched.append(url)
        with zipfile.ZipFile(to, "w") as archive:
            archive.writestr(CATALOGUE[name].member, "1\t1\t1\t1\n")
            archive.writestr(CATALOGUE[name].titles.member, FILES[name])

    monkeypatch.setattr(movielens, "download", download)
    return fetched


@pytest.mark.parametrize("name", FILES)
def test_titles_come_with_the_ratings(name: str, served: list[str], cache_directory: Path) -> None:
    """In the encoding and with the quotes of each release; one download for both."""
    fetch(CATALOGUE[name])
    found = titles(DataSource(source=name), np.array([2, 9, 1]))
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
    assert titles(DataSource(source="ml-1m"), np.array([1])) is not None
    assert len(served) == 1


def test_without_them_everything_else_goes_on(
    monkeypatch: pytest.MonkeyPatch, cache_directory: Path
) -> None:
    def unreachable(*_: object) -> None:
        raise UserError("cannot be fetched")

    monkeypatch.setattr(movielens, "download", unreachable)
    assert titles(DataSource(source="ml-1m"), np.array([1])) is None
    assert not cache_directory.exists()


def test_a_file_of_ones_own_has_none() -> None:
    assert titles(DataSource(source="mine.csv"), np.array([1])) is None


def test_recboles_have_the_year_in_a_column_of_its_own() -> None:
    content = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    content += "1\tToy Story\t1995\tComedy\n2\tunkonwn\tunkonwn\tunknown\n"
    assert _ITEM.read(content.encode()) == [("1", "Toy Story (1995)"), ("2", "unkonwn")]
