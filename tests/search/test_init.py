"""``python -m search.init``: from a data file to a study that runs."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neumf.cli import MISTAKE, main
from neumf.errors import UserError
from search.init import init
from search.new_study import estimate
from search.new_study.study_file import printable, toml
from search.new_study.writing import write_study
from studies.definition.loading import load
from tests.budget import examples
from tests.search.plays import csv
from tests.worlds import blocks

pytestmark = pytest.mark.usefixtures("folder")

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def command(module: str, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


Here = Callable[..., str]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """The command in this process: it takes arguments and the exit code that is expected, and gives
    what was said on stderr."""

    def run(*arguments: str, code: int = MISTAKE) -> str:
        monkeypatch.setattr(sys, "argv", ["search.init", *arguments])
        with pytest.raises(SystemExit) as end:
            main(init, "search.init")
        assert end.value.code == code
        return capsys.readouterr().err

    return run


def written(data: str, **overrides: Any) -> dict[str, Any]:
    """The study of ``data`` as parsed TOML, without a measurement."""
    write_study(data, overrides, Path("out.toml"), force=True, measure=False)
    return tomllib.loads(Path("out.toml").read_text())


def test_columns_given_by_position_are_written_by_name() -> None:
    """A name outlives columns that are added to the file."""
    positions = written("plays.csv", user=0, item=1, time=3)["data"]
    assert positions == written("plays.csv")["data"]
    assert positions["user"] == "userId"


def test_a_repeated_header_is_written_as_the_position_given(folder: Path) -> None:
    """Where no name would do."""
    (folder / "twice.csv").write_text(csv("userId,id,rating,id"))
    assert written("twice.csv", item=1, time=3)["data"]["item"] == 1


@pytest.mark.slow
def test_from_a_file_to_a_search(folder: Path) -> None:
    """The study is written, loads, says what a trial takes, and runs as the last line tells."""
    done = command("search.init", "plays.csv")
    *_, cost, wrote, run = done.stdout.splitlines()
    assert cost.startswith("A trial takes about ")
    assert wrote == "wrote plays.toml; run it with"
    text = (folder / "plays.toml").read_text()
    assert f"# {cost}" in text
    assert "# plays.csv: 48 users, 48 items, 480 interactions (20.83% of all pairs)" in text
    definition = load("./plays.toml")
    assert definition.name == "plays"
    assert definition.data.columns == {
        "user": "userId",
        "item": "movieId",
        "time": "played_at",
        "rating": None,
    }
    _python, _m, module, *arguments = run.split()
    limits = ["--trials", "2", "--epochs", "2", "--no-report", "--workers", "1"]
    done = command(module, *arguments, "--storage", f"sqlite:///{folder}/r.db", *limits)
    assert "plays: 2 trials (2 complete" in done.stdout


def test_it_replaces_only_when_told(folder: Path, here: Here) -> None:
    """What is there stays as it is, by default."""
    (folder / "plays.toml").write_text("mine")
    *_, error = here("plays.csv").splitlines()
    assert error == "error: plays.toml: is already there; use --force to replace it, or --output"
    assert (folder / "plays.toml").read_text() == "mine"
    here("plays.csv", "--force", "--no-estimate", code=0)
    assert load("./plays.toml").data.source == "plays.csv"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([""], "data = '': give a data set's name or a file"),
        (["none.csv"], "none.csv: no such file or data set"),
        (["plays.csv", "--output", "study.txt"], "--output study.txt: must end in .toml"),
        (["plays.csv", "--output", "folder.toml"], "--output folder.toml: is a directory"),
        (["plays.csv", "--output", "plays.csv/a.toml"], "plays.csv/a.toml: cannot be written"),
        (["plays.csv", "--user-column", "wer"], "plays.csv: no column 'wer' among 'userId'"),
        (["plays.csv", "--min-rating", "9"], "min_rating = 9 leaves nothing"),
        (["few.csv"], "few.csv: nothing to validate on"),
        (["plays.csv", "--name", "x"], "No such option '--name'"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], line: str, folder: Path, here: Here) -> None:
    """With exit code 2, and nothing is written."""
    (folder / "folder.toml").mkdir()
    (folder / "few.csv").write_text("user,item\n1,1\n2,2\n")
    before = sorted(folder.rglob("*"))
    said = here("--no-estimate", *arguments)
    (error,) = [text for text in said.splitlines() if text.startswith("error: ")]
    assert line in error
    assert "Traceback" not in said
    assert sorted(folder.rglob("*")) == before


class TestColumns:
    """The columns that are read are named, whatever they are called."""

    def test_given_on_the_command_line(self, folder: Path) -> None:
        (folder / "a.csv").write_text(csv("wer,was,gut,wann"))
        study = written("a.csv", user="wer", item="was", rating="gut", time="wann", min_rating=2.0)
        assert study["data"] == {
            "source": "a.csv",
            "user": "wer",
            "item": "was",
            "time": "wann",
            "rating": "gut",
            "min_rating": 2.0,
        }
        assert load("./out.toml").data.min_rating == 2

    def test_positions_without_a_header(self, folder: Path) -> None:
        (folder / "a.csv").write_text(csv("").lstrip())
        assert written("a.csv")["data"] == {"source": "a.csv", "user": 0, "item": 1, "time": 3}

    def test_parquet(self, folder: Path) -> None:
        data = blocks()
        table = {"uid": data.users, "asin": data.items}
        pq.write_table(pa.table(table), folder / "a.parquet")
        assert written("a.parquet")["data"] == {
            "source": "a.parquet",
            "user": "uid",
            "item": "asin",
        }
        text = (folder / "out.toml").read_text()
        assert "# no time column: " in text
        assert '# time = "..."' in text

    def test_a_rating_is_offered(self, folder: Path) -> None:
        """Not used unasked: the lines are there, as comments."""
        assert "rating" not in written("plays.csv")["data"]
        assert '# rating = "rating"\n# min_rating = 4.0\n' in (folder / "out.toml").read_text()

    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture],
        max_examples=examples(30),
        deadline=None,
    )
    @given(
        names=st.lists(
            TEXT.filter(lambda t: t and "\0" not in t), min_size=2, max_size=2, unique=True
        ),
        swap=st.integers(0, 1),
    )
    def test_names_of_any_characters(self, folder: Path, names: list[str], swap: int) -> None:
        """Quotes, line breaks, other scripts: the study finds the same columns again."""
        data = blocks()
        table = pa.table([data.users, data.items], names=names)
        pq.write_table(table, folder / "a.parquet")
        user, item = (names[swap], names[1 - swap])
        study = written("a.parquet", user=user, item=item)
        assert (study["data"]["user"], study["data"]["item"]) == (user, item)
        assert load("./out.toml").data.user == user


@given(
    st.recursive(
        TEXT | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats(allow_nan=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
    )
)
def test_toml_reads_what_is_written(value: Any) -> None:
    """Every value comes back, with its type."""
    back = tomllib.loads(f"key = {toml(value)}")["key"]
    assert back == value
    assert type(back) is type(value)


@given(TEXT)
def test_a_comment_stays_on_its_line(text: str) -> None:
    """Whatever is in a file's name."""
    assert tomllib.loads(f"# {printable(text)}\nkey = 1") == {"key": 1}


def test_a_file_with_a_nasty_name(folder: Path) -> None:
    name = 'it\'s "here"\nnow.csv'
    (folder / name).write_text(csv("user,item,rating,time"))
    assert written(name)["data"]["source"] == name


def test_ncf_files(folder: Path) -> None:
    """Their columns are fixed, so none is named; the study is called by the prefix."""
    data = blocks()
    last = {int(u): int(i) for u, i in zip(data.users, data.items, strict=True)}
    rows = [
        f"{u}\t{i}\t1\t{t}"
        for u, i, t in zip(data.users, data.items, data.times, strict=True)
        if last[int(u)] != i
    ]
    negatives = [f"({u},{i})\t{(i + 24) % 48}\t{(i + 25) % 48}" for u, i in last.items()]
    (folder / "toy.train.rating.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    (folder / "toy.test.rating").write_text("".join(f"{u}\t{i}\n" for u, i in last.items()))
    (folder / "toy.test.negative").write_text("\n".join(negatives))
    write_study("toy", {}, None, measure=False)
    assert load("./toy.toml").data.plain
    with pytest.raises(UserError, match="NCF files have fixed columns"):
        write_study("toy", {"user": 0}, None, force=True, measure=False)


def test_the_estimate_is_of_this_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds an epoch times the epochs that are usually trained, whatever the clock says."""
    asked = []

    def an_epoch(_problem: object, configuration: Any) -> float:
        asked.append(configuration)
        return {8: 1.0, 16: 2.0, 24: 6.0}[configuration.predictive_factors]

    monkeypatch.setattr(estimate, "seconds_an_epoch", an_epoch)
    monkeypatch.setattr("search.new_study.writing.default_workers", lambda _device: 4)
    told = write_study("plays.csv", {}, None)
    epochs = load("./plays.toml").fixed["epochs"]
    assert [c.predictive_factors for c in asked] == [8, 16, 24]
    assert isinstance(epochs, int)
    trial = 3.0 * 0.45 * epochs
    assert f"A trial takes about {trial:.0f} s here, 100 trials about" in "\n".join(told)
    assert f"about {trial * 25 / 60:.0f} min on 4 workers" in "\n".join(told)
