"""``search.run`` on a person's own file: columns by flag, and what is told about the data."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from neumf.data.description import NO_TIMES
from search.options import Options
from search.session import _other_data, adapt
from studies.definition.loading import load
from tests.search.study_folder import StudyFolder, make_study_folder

pytestmark = pytest.mark.slow

FEW = ["--trials", "1", "--epochs", "1", "--workers", "1"]


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    return make_study_folder(tmp_path)


def described(study: StudyFolder) -> list[str]:
    """The lines on the data that the only study stores."""
    connection = sqlite3.connect(study.database)
    try:
        query = "SELECT value_json FROM study_system_attributes WHERE key = 'neumf:data'"
        ((value,),) = connection.execute(query).fetchall()
    finally:
        connection.close()
    lines: list[str] = json.loads(value)["description"]
    return lines


def test_columns_by_flag(study: StudyFolder) -> None:
    """Names, positions and the threshold; the command that is stored repeats them."""
    rows = (study.folder / "blocks.csv").read_text().splitlines()[1:]
    text = "wann,wer,was,gut\n" + "".join(
        f"{when},{user},{item},{1 + int(when) % 2}\n"
        for user, item, when in (r.split(",") for r in rows)
    )
    (study.folder / "blocks.csv").write_text(text)
    assert "no user column" in study.run(*FEW, code=2).stderr
    flags = ["--user-column", "wer", "--item-column", "2", "--time-column", "wann"]
    rated = ["--rating-column", "gut", "--min-rating", "2"]
    summary = study.summary(*FEW, *flags, *rated)
    assert summary["data"][0].startswith("blocks.csv: 60 users, 40 items, 360 interactions")
    command = Options(
        storage="", overrides={"user": "wer", "item": 2, "min_rating": 2.0}, seed=3
    ).command("mine")
    assert command == "mine --user-column wer --item-column 2 --min-rating 2.0 --seed 3"


def test_no_times_are_told_everywhere(study: StudyFolder) -> None:
    """On the console, in the summary for person and machine, and in the storage that the report
    is drawn from."""
    file = study.folder / "blocks.csv"
    file.write_text(file.read_text().replace("timestamp", "weight"))
    done = study.run(*FEW, "--json")
    assert NO_TIMES in done.stderr
    *lines, summary = done.stdout.splitlines()
    assert any(line.strip() == NO_TIMES for line in lines)
    assert NO_TIMES in json.loads(summary)["data"]
    assert NO_TIMES in described(study)


def test_short_lists_are_told_everywhere(study: StudyFolder) -> None:
    """Two of the sixty users have met nearly everything."""
    file = study.folder / "blocks.csv"
    more = "".join(f"u{user},i{item},{99 + item}\n" for user in (0, 2) for item in range(37))
    file.write_text(file.read_text() + more)
    done = study.run(*FEW, "--json")
    told = "2 of 60 validation lists have fewer than 10 candidates (median of these 3, least 3)"
    for text in (done.stderr, done.stdout, "\n".join(described(study))):
        assert told in text
        assert "2 with fewer than 5 left out" in text


def test_short_lists_are_refused(study: StudyFolder) -> None:
    """Where most users have met nearly everything; nothing is stored."""
    rows = [f"u{user},i{item},{item}" for user in range(9) for item in range(37 + user % 2)]
    (study.folder / "blocks.csv").write_text("\n".join(["user,item,time", *rows, "x,i39,1"]) + "\n")
    line = study.run(code=2).stderr.strip().splitlines()[-1]
    assert line.startswith(
        "error: 9 of 9 validation lists would have fewer than 5 of 10 candidates"
    )
    assert not study.database.exists()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("plays.csv", "python -m search.init plays.csv writes a study"),
        ("my plays.csv", "python -m search.init 'my plays.csv' writes a study"),
        ("elsewhere/ml-100k", None),
        (None, None),
    ],
)
def test_own_data_in_a_space_made_for_other_data(data: str | None, told: str | None) -> None:
    """Is told so, with the command that sizes one to it; the same data elsewhere is not."""
    lines = _other_data("ml-100k", Options(storage="", data=data))
    assert len(lines) == (told is not None)
    if told is not None:
        assert lines[0].startswith("the search space was made for ml-100k: ")
        assert told in lines[0]


def test_the_notice_is_printed(study: StudyFolder) -> None:
    other = study.folder / "plays.csv"
    (study.folder / "blocks.csv").rename(other)
    done = study.run(*FEW, "--data", str(other))
    assert "the search space was made for " in done.stderr
    assert f"python -m search.init {other}" in done.stderr


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"user": "wer", "time": 3}, {"user": "wer", "time": 3, "item": None}),
        ({"min_rating": 4.0}, {"min_rating": 4.0, "user": None}),
    ],
)
def test_flags_override_the_study(overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    definition = adapt(load("quick"), Options(storage="", overrides=overrides))
    assert definition.data.source == "ml-100k"
    for name, value in expected.items():
        assert getattr(definition.data, name) == value
