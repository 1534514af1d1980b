"""Options are declared once, and mean the same in every command."""

from __future__ import annotations

import click
import pytest

from neumf.cli import LONGEST, data_flags, data_overrides, hyperparameter_option
from neumf.errors import UserError
from neumf.hyperparameters import HYPERPARAMETERS
from neumf.train import command as train
from search.init import init
from search.run import run
from tests.neumf.commands import commanded

COLUMNS = ("user_column", "item_column", "time_column", "rating_column", "min_rating")
SHARED = ("data", *COLUMNS, "seed", "epochs", "engine", "device", "as_json")


def option(command: click.Command, name: str) -> click.Option:
    (found,) = (p for p in command.params if p.name == name)
    assert isinstance(found, click.Option)
    return found


@pytest.mark.parametrize("name", SHARED)
def test_both_commands_have_it(name: str) -> None:
    """Under the same flag, of the same type and with the same help."""
    ours, theirs = option(train, name), option(run, name)
    assert ours.opts == theirs.opts
    assert type(ours.type) is type(theirs.type)
    assert ours.help == theirs.help


@pytest.mark.parametrize("name", COLUMNS)
def test_so_has_the_one_that_writes_studies(name: str) -> None:
    assert option(init, name).help == option(run, name).help


@pytest.mark.parametrize("name", ["data", *COLUMNS, "seed", "epochs"])
def test_a_search_leaves_it_to_the_study(name: str) -> None:
    """Not given is not the same as given with the default."""
    context = run.make_context("run", [])
    assert context.params[name] is None


def test_a_single_run_has_defaults() -> None:
    params = train.make_context("train", []).params
    assert params["data"] == "ml-100k"
    assert params["seed"] == 0
    assert params["epochs"] == HYPERPARAMETERS["epochs"].default


def test_an_overriding_hyperparameter_has_no_default() -> None:
    @click.command
    @hyperparameter_option("update", of_study=True)
    def command(update: str | None) -> None: ...

    assert command.make_context("c", []).params == {"update": None}
    assert command.make_context("c", ["--update", "lazy"]).params == {"update": "lazy"}


def test_columns_are_names_or_positions() -> None:
    """And find their way into [data] and back onto a command line."""
    words = ["--user-column", "wer", "--item-column", "1", "--rating-column", "-1"]
    params = run.make_context("run", [*words, "--min-rating", "4"]).params
    overrides = data_overrides(params)
    assert overrides == {"user": "wer", "item": 1, "rating": "-1", "min_rating": 4.0}
    assert not set(COLUMNS) & params.keys()
    assert data_flags(overrides) == {
        "--user-column": "wer",
        "--item-column": 1,
        "--rating-column": "-1",
        "--min-rating": 4.0,
    }


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UserError("a\n b \x1b[2J"), r"error: a b \x1b[2J"),
        (FileNotFoundError(2, "No such file", "a.csv"), "error: a.csv: No such file"),
        (OSError("no usable temporary directory"), "error: no usable temporary directory"),
        (MemoryError("for 9 TB"), "error: not enough memory: for 9 TB"),
    ],
)
def test_what_the_system_refuses_is_one_line_too(
    error: Exception,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Which no terminal obeys."""

    @click.command
    def command() -> None:
        raise error

    done = commanded(command, "c", monkeypatch, capsys)()
    assert (done.code, done.out, done.err) == (2, [], [said])


def test_a_line_of_any_length_keeps_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A value may be as long as a file."""

    @click.command
    def command() -> None:
        raise UserError(f"a.csv: {'x' * 10**6}: name another")

    (line,) = commanded(command, "c", monkeypatch, capsys)().err
    assert line.startswith("error: a.csv: xxx")
    assert line.endswith("x: name another")
    assert len(line) < LONGEST + 20
