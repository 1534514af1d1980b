"""``python -m neumf.baselines``: what there is to beat, as a command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neumf.baselines import ease
from neumf.baselines.__main__ import command
from neumf.baselines.catalogue import BASELINES
from neumf.data.files import CACHE_VARIABLE
from tests.neumf.commands import Command, Said, commanded, write_blocks


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """The command, in a folder of its own with ``blocks.csv``, with two points a grid."""
    folder = tmp_path / "here"
    folder.mkdir()
    write_blocks(folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "100")
    for baseline in BASELINES.values():
        monkeypatch.setattr(type(baseline), "grid", baseline.grid[:2])

    baselines = commanded(command, "neumf.baselines", monkeypatch, capsys)

    def run(*arguments: str) -> Said:
        said = baselines(*arguments)
        assert [path.name for path in folder.iterdir()] == ["blocks.csv"]
        return said

    return run


def test_it_shows_a_row_a_baseline(run: Command) -> None:
    """The data, then each baseline's metrics at its best, how many points were tried and with
    which hyperparameters."""
    said = run("--data", "blocks.csv", "--candidates", "20")
    assert (said.code, said.err) == (0, [])
    assert said.out[0].startswith("blocks.csv: 48 users, 48 items, 480 interactions")
    rows = {line.split()[0]: line for line in said.out[-6:-2]}
    assert list(rows) == ["popularity", "item-kNN", "EASE^R", "iALS"]
    assert " 1 " in rows["popularity"]
    assert rows["popularity"].rstrip().endswith("none")
    assert "neighbours 10, shrink 0, power " in rows["item-kNN"]
    assert said.out[-1] == "(validation, expected over all draws of candidates)"


def test_its_last_line_can_be_read_by_machine(run: Command) -> None:
    said = run("--data", "blocks.csv", "--candidates", "20", "--seed", "3", "--json")
    summary: dict[str, Any] = json.loads(said.out[-1])
    assert summary["seed"] == 3
    assert [each["name"] for each in summary["baselines"]] == list(BASELINES)
    for each in summary["baselines"]:
        value = each["validation"]["expected"]["nDCG@10"]
        assert value == pytest.approx(max(point["value"] for point in each["tried"]))


def test_the_whole_catalogue_is_ranked_when_asked_for(run: Command) -> None:
    said = run("--data", "blocks.csv", "--candidates", "all", "--split", "ratio", "--json")
    assert said.out[-2] == "(validation, among the whole catalogue)"
    for each in json.loads(said.out[-1])["baselines"]:
        assert set(each["validation"]) == {"catalogue"}


def test_one_that_refuses_says_why_and_the_others_go_on(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ease, "MOST_BYTES", 10_000)
    said = run("--data", "blocks.csv", "--candidates", "20", "--json")
    assert said.code == 0
    assert "EASE^R needs 0.0 GB for its matrix of 48 by 48 items; the limit is 0 GB" in said.out
    names = [each["name"] for each in json.loads(said.out[-1])["baselines"]]
    assert names == ["popularity", "itemknn", "ials"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("--candidates 0", "candidates = '0': must be a positive number or \"all\""),
        ("--candidates 48", "candidates = 48: blocks.csv has only 48 items"),
        ("--split half", "Invalid value for '--split': 'half' is not one of"),
        ("--min-rating nan", "min_rating = nan: must be a finite number"),
        ("--data none.csv", "none.csv: no such file or data set"),
        ("--user-column wer", "wer"),
        ("--only ease", "No such option '--only'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments: str, line: str, run: Command) -> None:
    said = run("--data", "blocks.csv", *arguments.split())
    assert said.code == 2
    (error,) = said.err
    assert error.startswith("error: ")
    assert line in error
