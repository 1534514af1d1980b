"""A study's definition is validated whole before anything is done with it."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.errors import UserError
from neumf.hyperparameters import Configuration
from studies.definition.loading import FOLDER, find, load, parse
from studies.definition.space import Choices, Range
from tests.studies.synthetic import GOOD, read

SHIPPED = sorted(path.stem for path in FOLDER.glob("*.toml"))


def test_there_are_four_studies() -> None:
    assert SHIPPED == ["ml-100k", "ml-100k-ratio", "ncf-ml-1m", "quick"]


@pytest.mark.parametrize("study", SHIPPED)
def test_a_shipped_study_loads(study: str) -> None:
    """By name and by path; its starting points are legal, the notebook's among them."""
    definition = load(study)
    assert definition == load(str(FOLDER / f"{study}.toml"))
    assert definition.name == study
    assert definition.description
    starting_points = {
        f.name: definition.configuration(f.configuration) for f in definition.starting_points
    }
    notebook = starting_points["notebook"].asdict()
    expected = {"predictive_factors": 8, "mlp_layers": 3, "dropout": 0.3, "lr": 1e-3}
    assert notebook.items() >= (expected | {"negative_ratio": 4, "batch_size": 256}).items()


@pytest.mark.parametrize("study", SHIPPED)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_point_of_a_shipped_study_is_legal(study: str, seed: int) -> None:
    """As Optuna draws it at random, and at both ends of every range."""
    definition = load(study)
    for trial in range(3):
        sampler = optuna.samplers.RandomSampler(seed=(seed + trial) % 2**32)
        drawn = optuna.create_study(sampler=sampler).ask(definition.distributions)
        configuration = definition.configuration(drawn.params)
        assert configuration.asdict().items() >= drawn.params.items()
        assert configuration.epochs == definition.fixed["epochs"]
    ranges = {k: e for k, e in definition.space.items() if isinstance(e, Range)}
    choices = {k: e.choices[0] for k, e in definition.space.items() if isinstance(e, Choices)}
    for end in ("low", "high"):
        definition.configuration({k: getattr(e, end) for k, e in ranges.items()} | choices)


def test_the_default_space_is_the_promised_one() -> None:
    definition = load("ml-100k")
    assert definition.limits.mlp_width == 64
    assert definition.space == {
        "alpha": Choices(choices=[-1.0, 0.0]),
        "predictive_factors": Range(low=8, high=64, step=8),
        "mlp_layers": Range(low=1, high=3),
        "dropout": Range(low=0.0, high=0.6),
        "lr": Range(low=2e-4, high=1e-2, log=True),
        "negative_ratio": Range(low=1, high=10),
        "batch_size": Choices(choices=[256, 512, 1024]),
    }
    (join,) = definition.branches
    assert join.when == {"alpha": [-1.0]}
    assert join.space == {"pretrained_l2": Range(low=0.004, high=0.012, step=0.001)}


def test_what_is_left_out_has_a_default() -> None:
    definition = read('name = "x"\n[data]\nsource = "d"\n[space]\nmlp_layers = {low = 1, high = 2}')
    assert definition.protocol.candidates == 99
    assert definition.protocol.split == "leave-one-out"
    assert definition.search.sampler.kind == "tpe"
    assert definition.search.pruner.kind == "median"
    configuration = definition.configuration({"mlp_layers": 2})
    assert configuration == Configuration(mlp_layers=2)


def test_a_definition_survives_being_written_out() -> None:
    """As a command line changes it and as a study stores it."""
    definition = read(GOOD)
    assert parse(definition.model_dump(), "again") == definition
    assert parse(definition.model_dump(mode="json"), "again") == definition


def test_searched_values_come_before_fixed_and_default_ones() -> None:
    configuration = read(GOOD).configuration({"lr": 2e-3, "batch_size": 512})
    assert configuration == Configuration(lr=2e-3, batch_size=512, epochs=20)


def test_a_file_without_a_name_is_called_as_the_file(tmp_path: Path) -> None:
    path = tmp_path / "my study.toml"
    path.write_text(GOOD.replace('name = "mine"', "", 1))
    assert find(str(path)) == path
    assert load(str(path)).name == "my study"


def test_a_limit_holds_for_what_is_tried_first() -> None:
    wide = GOOD.replace("[fixed]", "predictive_factors = { low = 8, high = 64, step = 8 }\n[fixed]")
    wide = wide.replace("[fixed]", "[limits]\nmlp_width = 64\n[fixed]")
    assert read(wide.replace("{ lr = 1e-3", "{ predictive_factors = 32, lr = 1e-3")).starting_points
    with pytest.raises(UserError, match=r"'notebook' has an MLP width of 80, beyond \[limits\]"):
        read(wide.replace("{ lr = 1e-3", "{ predictive_factors = 40, lr = 1e-3"))


def test_a_limit_takes_depth_first_then_width_and_keeps_whole_numbers() -> None:
    """Also where the file says 8.0; what fits stays as it is."""
    wide = GOOD.replace("[fixed]", "mlp_layers = { choices = [3, 1] }\n[fixed]").replace(
        "[fixed]", "predictive_factors = { low = 8.0, high = 64.0, step = 8.0 }\n[fixed]"
    )
    first = "{ predictive_factors = 8, mlp_layers = 1, lr = 1e-3"
    definition = read(
        wide.replace("[fixed]", "[limits]\nmlp_width = 16\n[fixed]").replace("{ lr = 1e-3", first)
    )
    for factors, layers, expected in ((64, 3, (32, 1)), (40, 1, (32, 1)), (8, 3, (8, 3))):
        found = definition.within_limits({"predictive_factors": factors, "mlp_layers": layers})
        assert (found["predictive_factors"], found["mlp_layers"]) == expected
        assert {type(value) for value in found.values()} == {int}
