"""Bad input gives one line that names the value, exit code 2, and leaves no file behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.search.study_folder import StudyFolder, make_study_folder

pytestmark = pytest.mark.slow

HEAD = "user,item,timestamp\n"


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    return make_study_folder(tmp_path)


def refuse(study: StudyFolder, *arguments: str) -> str:
    """Run; it must be refused in one line. Returns the line."""
    before = sorted(study.folder.rglob("*"))
    done = study.run(*arguments, code=2)
    errors = done.stderr.strip().splitlines()
    assert errors
    assert errors[-1].startswith("error: ")
    assert "Traceback" not in done.stderr
    assert sum(line.startswith("error: ") for line in errors) == 1
    assert sorted(study.folder.rglob("*")) == before, "a file is left behind"
    return errors[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--trials", "0"], "--trials 0"),
        (["--trials", "-3"], "--trials -3"),
        (["--trials", "many"], "many"),
        (["--workers", "0"], "--workers 0"),
        (["--workers", "100000"], "--workers 100000"),
        (["--epochs", "0"], "--epochs 0"),
        (["--timeout", "nan"], "--timeout nan"),
        (["--timeout", "-1"], "--timeout -1"),
        (["--checkpoint-every", "nan"], "--checkpoint-every nan"),
        (["--checkpoint-every", "-1"], "--checkpoint-every -1"),
        (["--checkpoints", "blocks.csv"], "--checkpoints blocks.csv: is a file"),
        (["--seed", "-1"], "-1"),
        (["--twins", "-1"], "--twins -1"),
        (["--twins", "1.5"], "'--twins': '1.5'"),
        (["--twins", "100000"], "--twins 100000"),
        (["--engine", "fast"], "fast"),
        (["--device", "tpu"], "tpu"),
        (["--device", "cuda", "--engine", "fused"], "cuda"),
        (["--trails", "3"], "--trials"),
        (["--data", "nowhere.csv"], "nowhere.csv"),
        (["--data", "ml-100K"], "ml-100k"),
        (["--storage", "results.db"], "sqlite:///results.db"),
        (["--storage", "sqlite:////proc/here/x.db"], "/proc"),
    ],
)
def test_arguments(study: StudyFolder, arguments: list[str], said: str) -> None:
    """Each value that makes no sense is named."""
    assert said in refuse(study, *arguments)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        (HEAD, ""),
        ("a,b\n1,2\n", "a"),
        (HEAD + "u1,i1,1\nu1,i2,2\nu1,i3,3\n", "user"),
        (HEAD + "u1,i1,1\nu2,i1,2\nu3,i1,3\n", "item"),
    ],
)
def test_data_files(study: StudyFolder, content: str, said: str) -> None:
    """Empty, only a header, no such column, a single user, a single item."""
    bad = study.folder / "bad.csv"
    bad.write_text(content)
    line = refuse(study, "--data", str(bad))
    assert "bad" in line
    assert said in line


def test_a_corrupt_parquet_file(study: StudyFolder) -> None:
    """Named, not a traceback of a library."""
    (study.folder / "bad.parquet").write_bytes(b"PAR1 nothing of the kind")
    assert "bad.parquet" in refuse(study, "--data", str(study.folder / "bad.parquet"))


def _change(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text + "\n[broken", "TOML"),
        (_change("[protocol]", "[protocoll]"), "protocol"),
        (_change("dropout = { low", "droput = { low"), "dropout"),
        (_change("low = 0.0, high = 0.5", "low = 0.5, high = 0.0"), "dropout"),
        (_change("low = 4, high = 16, step = 2", "low = 5, high = 17, step = 2"), "even"),
        (_change("patience = 4", "patience = 0"), "patience"),
        (_change("candidates = 10", "candidates = 4000"), "4000"),
        (_change("candidates = 10", "candidates = -1"), "-1"),
    ],
)
def test_definitions(study: StudyFolder, change: Callable[[str], str], said: str) -> None:
    """Broken TOML, misspelt keys, empty ranges, odd factors, absurd numbers."""
    path = Path(study.definition)
    path.write_text(change(path.read_text()))
    assert said in refuse(study)


def test_an_unknown_study(study: StudyFolder) -> None:
    """By name, with the nearest one."""
    (study.folder / "blocks.toml").unlink()
    assert "blocks.toml" in refuse(study)


@pytest.mark.parametrize("kind", ["text", "other program", "truncated", "folder"])
def test_databases(study: StudyFolder, kind: str) -> None:
    """What is not one of this program's databases is refused and left as it was."""
    path = study.database
    if kind == "folder":
        path.mkdir()
        assert "folder" in refuse(study)
        return
    if kind == "text":
        path.write_text("dear diary\n" * 100)
    else:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT)")
        connection.commit()
        connection.close()
        if kind == "truncated":
            path.write_bytes(path.read_bytes()[:600])
    before = path.read_bytes()
    refuse(study)
    assert path.read_bytes() == before
