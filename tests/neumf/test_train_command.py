"""``python -m neumf.train``: one training run, the notebook as a command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import neumf
from neumf.data.files import CACHE_VARIABLE
from neumf.data.loading import load
from neumf.data.source import DataSource
from neumf.hyperparameters import HYPERPARAMETERS, Configuration
from neumf.model.scorer import NeuMFScorer
from neumf.seeds import trial_seed
from neumf.train import command
from neumf.training import loop as training
from tests.neumf.commands import Command, Said, commanded, write_blocks
from tests.worlds import problem_of

SIZE = ["--predictive-factors", "4", "--mlp-layers", "1", "--epochs", "3"]
SMALL = [*SIZE, "--lr", "0.01", "--candidates", "20"]
CONFIGURATION = Configuration(predictive_factors=4, mlp_layers=1, lr=0.01, epochs=3)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """The command, in a folder of its own with ``blocks.csv``."""
    folder = tmp_path / "here"
    folder.mkdir()
    write_blocks(folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))

    train = commanded(command, "neumf.train", monkeypatch, capsys)

    def run(*arguments: str) -> Said:
        said = train(*arguments)
        saved = {"model"} if "--save" in arguments and not said.code else set()
        assert {path.name for path in folder.iterdir()} == {"blocks.csv"} | saved
        return said

    return run


def epochs_of(said: Said) -> list[list[str]]:
    """The columns of each epoch's line: number, loss, HR, nDCG, mAP, seconds, mark."""
    return [line.split() for line in said.out if re.match(r"\s*\d+  ", line)]


@pytest.mark.parametrize(
    "flags", [("--engine", "fast"), ("--device", "tpu"), ("--engine", "fused", "--device", "cuda")]
)
def test_an_engine_that_is_not_there_is_told_before_the_data_are_read(
    run: Command, flags: tuple[str, ...]
) -> None:
    said = run("--data", "blocks.csv", *SMALL, *flags)
    assert (said.code, said.out, len(said.err)) == (2, [], 1)


def test_it_prints_the_data_then_an_epoch_a_line_then_the_best(run: Command) -> None:
    said = run("--data", "blocks.csv", *SMALL)
    assert (said.code, said.err) == (0, [])
    assert said.out[0].startswith("blocks.csv: 48 users, 48 items, 480 interactions")
    assert "384 interactions train, 48 lists validate, 48 are sealed for test" in said.out
    assert "epoch    loss    HR@10  nDCG@10   mAP@10  seconds" in said.out
    epochs = epochs_of(said)
    assert [epoch[0] for epoch in epochs] == ["1", "2", "3"]
    best = max(epochs, key=lambda epoch: epoch[3])
    assert best[-1] == "*"
    assert said.out[-1] == (
        f"best: HR@10 {best[2]}, nDCG@10 {best[3]}, mAP@10 {best[4]} (validation, epoch {best[0]})"
    )


def test_its_last_line_can_be_read_by_machine(run: Command) -> None:
    """And says what a trial of the same configuration under the same seed would."""
    said = run("--data", "blocks.csv", "--seed", "3", "--json", *SMALL)
    summary: dict[str, Any] = json.loads(said.out[-1])
    assert summary["hyperparameters"] == CONFIGURATION.asdict()
    assert summary["seed"] == 3
    problem = problem_of(load(DataSource(source="blocks.csv")), candidates=20, seed=3)
    *_, last = training.train(problem, CONFIGURATION, trial_seed(3, CONFIGURATION))
    assert summary["best"]["epoch"] == last.best.number
    assert summary["best"]["nDCG@10"] == last.best.value
    assert summary["best"]["engine"] == last.engine


@pytest.mark.parametrize(
    "recipe", [[], ["--alpha", "-1", "--pretrained-factors", "4"], ["--mlp-layers", "0"]]
)
def test_it_saves_the_model_of_the_best_epoch(recipe: list[str], run: Command) -> None:
    """Which scores as a trial of that configuration does, and leaves out all that users met."""
    said = run("--data", "blocks.csv", "--save", "model", "--json", *SMALL, *recipe)
    assert said.code == 0
    assert said.out[-2] == "saved in model: python -m neumf.recommend model --user ID"
    best = json.loads(said.out[-1])["best"]
    model = neumf.load("model")
    assert model.facts["provenance"]["epoch"] == best["epoch"]
    assert model.facts["metrics"]["validation"]["nDCG@10"] == best["nDCG@10"]
    assert model.facts["trained_on"].startswith("the training part of the split")
    data = load(DataSource(source="blocks.csv"))
    again = problem_of(data, candidates=20).validation
    scores = NeuMFScorer(model.model.parameters).score(again.users, again.items)
    if not recipe:
        hits = (scores[:, 1:] < scores[:, :1]).sum(axis=1) >= again.items.shape[1] - 10
        assert hits.mean() == best["HR@10"]
    table = model.recommend(model.user_ids, 48)
    met = set(zip(data.user_ids[data.users], data.item_ids[data.items], strict=True))
    listed = set(zip(table.of, table.items, strict=True))
    assert not listed & met
    assert len(listed | met) == 48 * 48


def test_a_folder_that_holds_something_else_is_told_before_training(run: Command) -> None:
    assert run("--data", "none.csv", "--save", ".").err[0].startswith("error: .: holds 'blocks")


def test_the_same_command_gives_the_same_numbers(run: Command) -> None:
    one, same, other = (
        [epoch[:5] for epoch in epochs_of(run("--data", "blocks.csv", "--seed", s, *SMALL))]
        for s in ("1", "1", "2")
    )
    assert one == same
    assert one != other


@pytest.mark.parametrize(
    "options",
    [
        ["--split", "ratio"],
        ["--candidates", "all"],
        ["--negatives", "once"],
        ["--negatives", "per-user", "--negative-ratio", "20"],
        ["--engine", "torch", "--device", "cpu"],
        ["--min-rating", "2"],
        ["--update", "lazy"],
    ],
)
def test_its_options_do_something(options: list[str], run: Command) -> None:
    """Each gives other numbers than the command without it."""
    said = run("--data", "blocks.csv", *SMALL, *options)
    assert said.code == 0
    assert len(epochs_of(said)) == 3
    plain = run("--data", "blocks.csv", *SMALL)
    assert [e[1:5] for e in epochs_of(said)] != [e[1:5] for e in epochs_of(plain)]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("--lr 5", "lr = 5.0: must lie between 1e-08 and 1.0"),
        ("--lr fast", "Invalid value for '--lr': 'fast' is not a valid float."),
        ("--lr nan", "lr = nan: must be a number"),
        ("--predictive-factors 7", "predictive_factors = 7: must be even"),
        ("--predictive-factors 8.5", "Invalid value for '--predictive-factors': '8.5' is not a"),
        ("--dropout 1.5", "dropout = 1.5: must lie between 0.0 and 0.95"),
        ("--negative-ratio 0", "negative_ratio = 0: must lie between 1 and 1000"),
        ("--epochs 0", "epochs = 0: must lie between 1 and 10000"),
        ("--batch-size -1", "batch_size = -1: must lie between"),
        ("--negatives never", "Invalid value for '--negatives': 'never' is not one of"),
        ("--candidates 0", "candidates = '0': must be a positive number or \"all\""),
        ("--candidates 48", "candidates = 48: blocks.csv has only 48 items"),
        ("--split half", "Invalid value for '--split': 'half' is not one of"),
        ("--min-rating nan", "min_rating = nan: must be a finite number"),
        ("--min-rating 6", "blocks.csv: "),
        ("--data none.csv", "none.csv: no such file or data set"),
        ("--data .", "is a directory; give a file in it"),
        ("--engine fast", "unknown engine 'fast': must be one of auto, fused, torch"),
        ("--device gpu", "unknown device 'gpu': must be one of auto, cpu, cuda, mps"),
        ("--engine fused --device cuda", "the fused engine runs on the CPU, not on 'cuda'"),
        ("--drop-out 0.1", "No such option '--drop-out'"),
        ("--save .", ".: holds 'blocks.csv', so no model replaces it; give a new folder"),
        ("--save blocks.csv", "blocks.csv: no model can be saved there ("),
        ("more", "Got unexpected extra argument (more)"),
        ("--lr 1.0 --predictive-factors 64 --batch-size 16", "training diverged: loss "),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments: str, line: str, run: Command) -> None:
    """On stderr, with the value and the remedy; nothing is left behind."""
    said = run("--data", "blocks.csv", *SMALL, *arguments.split())
    assert said.code == 2
    (error,) = said.err
    assert error.startswith("error: ")
    assert line in error


def test_no_name_is_no_data(run: Command) -> None:
    assert run("--data", "", *SMALL).err == ["error: data = '': give a data set's name or a file"]


def test_columns_by_flag(run: Command) -> None:
    """Names or positions, as a study would have them."""
    plain = run("--data", "blocks.csv", *SMALL)
    named = run("--data", "blocks.csv", "--user-column", "user", "--item-column", "1", *SMALL)
    assert [e[:5] for e in epochs_of(named)] == [e[:5] for e in epochs_of(plain)]
    swapped = run("--data", "blocks.csv", "--user-column", "item", "--item-column", "0", *SMALL)
    assert [e[:5] for e in epochs_of(swapped)] != [e[:5] for e in epochs_of(plain)]
    assert run("--data", "blocks.csv", "--user-column", "wer", *SMALL).code == 2


def test_short_lists_are_told(run: Command) -> None:
    """Users have 38 unseen items."""
    said = run("--data", "blocks.csv", *SMALL, "--candidates", "47")
    assert said.out[2] == (
        "48 of 48 validation lists have fewer than 47 candidates (median of these 38, least 38);"
        " ranking at random has HR@10 0.26 on such lists"
    )


def test_ctrl_c_ends_it_with_130(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", interrupted)
    assert run("--data", "blocks.csv", *SMALL).code == 130


def test_its_help_names_every_hyperparameter() -> None:
    """With its default, as the dataclass has it; as a process of its own."""
    command = [sys.executable, "-m", "neumf.train", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    text = " ".join(said.stdout.split())
    for configuration in HYPERPARAMETERS.values():
        assert f"--{configuration.name.replace('_', '-')} " in text
        assert f"[default: {configuration.default}]" in text
        assert configuration.help in text
    assert said.stderr == ""
