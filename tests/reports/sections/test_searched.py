"""The data, the search space and the definition in words."""

from __future__ import annotations

from dataclasses import replace

from neumf.hyperparameters import HYPERPARAMETERS
from reports.configurations import in_order
from reports.page import render
from reports.sections import searched
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import EMPTY
from tests.reports.reader import said


def test_the_definition_is_told_line_by_line() -> None:
    """The budget of a trial is there as the definition has it."""
    lines = dict(searched.definition(EMPTY))
    assert lines["protocol.candidates"] == "99"
    assert (lines["fixed.epochs"], lines["fixed.patience"]) == ("30", "5")
    assert lines["search.pruner.kind"] == "median"
    notebook = lines["starting_points.notebook"]
    assert notebook.startswith("predictive_factors 8, mlp_layers 3, dropout 0.3")
    assert not {"name", "description", "space.lr.low", "data.user"} & lines.keys()


def test_the_search_space_is_told_in_the_models_order() -> None:
    domains = {domain.name: domain.values for domain in searched.domains(EMPTY)}
    assert domains["predictive_factors"] == "8 to 64 in steps of 8"
    assert domains["lr"] == "0.0001 to 0.01, log scale"
    assert domains["batch_size"] == "256, 512, 1024"
    assert list(domains) == list(in_order(domains))


def test_branches_are_told_with_the_space_they_add_and_where_they_hold() -> None:
    study = AWKWARD["branched"]
    domains = {domain.name: (domain.values, domain.help) for domain in searched.domains(study)}
    assert list(domains) == ["optimizer", "adam.lr", "sgd.lr", "adam.schedule", "sgd.l2"]
    assert domains["sgd.lr"] == ("0.0001 to 0.1, log scale", HYPERPARAMETERS["lr"].help)
    lines = dict(searched.definition(study))
    assert lines["branches.sgd.when.optimizer"] == "sgd"
    assert lines["branches.sgd.fixed.mlp_layers"] == "0"
    assert not [key for key in lines if key.startswith("branches") and "space" in key]


def test_every_line_of_the_datas_description_is_shown() -> None:
    """What is amiss with the data comes as further lines."""
    lines = ["toy: 3 users", "no time column: the last row of a user is held out", "short lists: 2"]
    page = said(render(replace(EMPTY, data={"name": "toy", "description": lines})))
    assert " ".join(lines) in page
