"""Branches: what is searched or fixed only where other choices ask for it, checked when read."""

from __future__ import annotations

import pytest

from neumf.declaration import Value
from neumf.errors import UserError
from neumf.hyperparameters import Configuration
from studies.definition.loading import parse
from tests.studies.synthetic import BRANCHED, define, read

SGD: dict[str, Value] = {
    "optimizer": "sgd",
    "predictive_factors": 16,
    "sgd.lr": 0.02,
    "sgd.l2": 0.005,
}
ADAM: dict[str, Value] = {
    "optimizer": "adam",
    "predictive_factors": 16,
    "adam.lr": 1e-3,
    "adam.weight_decay": 1e-6,
}


def refusal(text: str) -> str:
    with pytest.raises(UserError) as refused:
        read(text)
    line = str(refused.value)
    assert line.startswith("mine.toml: ")
    assert "\n" not in line
    return line.removeprefix("mine.toml: ")


def swapped(was: str, now: str) -> str:
    assert was in BRANCHED
    return BRANCHED.replace(was, now, 1)


def test_a_configuration_has_what_its_branch_searches_and_fixes() -> None:
    """By plain names; the rest is fixed for all, or a default."""
    definition = read(BRANCHED)
    assert definition.configuration(SGD) == Configuration(
        optimizer="sgd", predictive_factors=16, lr=0.02, l2=0.005, mlp_layers=0, epochs=20
    )
    assert definition.configuration(ADAM) == Configuration(
        optimizer="adam", predictive_factors=16, lr=1e-3, weight_decay=1e-6, epochs=20
    )


@pytest.mark.parametrize("params", [SGD, ADAM])
def test_a_configuration_gives_its_searched_values_back(params: dict[str, Value]) -> None:
    """Under Optuna's names, those of the branch it is on and no others."""
    definition = read(BRANCHED)
    assert definition.params(definition.configuration(params).asdict()) == params
    assert definition.distributions_of(params).keys() == params.keys()


def test_a_starting_point_names_hyperparameters_plainly() -> None:
    definition = read(BRANCHED)
    (point,) = definition.starting_points
    assert definition.params(point.configuration) == {
        **SGD,
        "predictive_factors": 64,
        "sgd.lr": 0.03,
        "sgd.l2": 0.008,
    }


def test_branches_survive_being_written_out() -> None:
    """One value is a list of one."""
    definition = read(BRANCHED)
    assert parse(definition.model_dump(), "again") == definition
    assert parse(definition.model_dump(mode="json"), "again") == definition
    assert read(swapped('{ optimizer = "sgd" }', '{ optimizer = ["sgd"] }')) == definition


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        ("when =", "wen =", "unknown key 'wen' in [branches.0]; did you mean 'when'?"),
        ("[branches.fixed]", "[branches.fix]", "unknown key 'fix' in [branches.0]; did you mean"),
        ("lr = { low = 0.01", "lr = { lo = 0.01", "'lo' in [branches.0.space.lr]; did you mean"),
        ('name = "sgd"', "", "[branches.0]: 'name' is missing"),
        ('when = { optimizer = "sgd" }', "", "[branches.0]: 'when' is missing"),
        ('"sgd" }', "true }", "[branches.0.when] optimizer = True: input should be"),
        (
            'name = "sgd"',
            'name = "s.gd"',
            "[[branches]] name = 's.gd': use up to 40 letters, digits, - and _",
        ),
        ('name = "sgd"', 'name = "adam"', "two [[branches]] are called 'adam'; rename one"),
        ('{ optimizer = "sgd" }', "{}", "branch 'sgd': when is empty; say where it holds, or use"),
        (
            "when = { optimizer",
            "when = { optimiser",
            "branch 'sgd': when: unknown hyperparameter 'optimiser'; did you mean 'optimizer'?",
        ),
        (
            "when = { optimizer",
            "when = { epochs = 20, optimizer",
            "branch 'sgd': when: epochs is not in [space]; a branch depends on what is searched",
        ),
        (
            '{ optimizer = "sgd" }',
            '{ optimizer = "sdg" }',
            "branch 'sgd': optimizer = 'sdg': must be one of adam, sgd",
        ),
        (
            '{ optimizer = "sgd" }',
            "{ predictive_factors = 12 }",
            "when: predictive_factors = 12 is not one of [space] 8 to 64 in steps of 8",
        ),
        ('{ optimizer = "sgd" }', "{ optimizer = [] }", "optimizer = []; name at least one value"),
        (
            'optimizer = { choices = ["adam", "sgd"] }',
            "dropout = { low = 0.0, high = 0.5 }",
            "branch 'sgd': when: optimizer is not in [space]",
        ),
        ("high = 0.1,", "high = 0.001,", "branch 'sgd': [space] lr: low = 0.01 lies above high"),
        ("l2 = {", "l3 = {", "branch 'sgd': unknown hyperparameter 'l3'; known are"),
        ("mlp_layers = 0", "mlp_layer = 0", "branch 'sgd': [fixed]: unknown hyperparameter 'mlp_l"),
        ("mlp_layers = 0", "mlp_layers = 99", "branch 'sgd': mlp_layers = 99: must lie between"),
        # twice
        (
            "mlp_layers = 0",
            "lr = 0.1",
            "branch 'sgd': lr is both searched and fixed; keep one",
        ),
        (
            "epochs = 20",
            "lr = 0.1",
            "lr is in both [fixed] and branch 'adam' where optimizer = 'adam'; keep one",
        ),
        (
            "mlp_layers = 0",
            "predictive_factors = 8",
            "predictive_factors is in both [space] and branch 'sgd' where optimizer = 'sgd'; keep",
        ),
        (
            '{ optimizer = "sgd" }',
            '{ optimizer = ["adam", "sgd"] }',
            "lr is in both branch 'sgd' and branch 'adam' where optimizer = 'adam'; keep one",
        ),
        # what no configuration may be
        (
            "l2 = { low = 0.003, high = 0.015, log = true }",
            "weight_decay = { low = 1e-8, high = 5e-6, log = true }",
            (
                "branch 'sgd' where optimizer = 'sgd' allows what is refused: weight_decay = 1e-08:"
                " a part of adam; with sgd use l2 instead"
            ),
        ),
        (
            "[branches.fixed]",
            "gmf_factors = { low = 0, high = 64 }\n[branches.fixed]",
            "branch 'sgd' where optimizer = 'sgd' allows what is refused with gmf_factors = 0:",
        ),
        (
            "epochs = 20",
            "gmf_factors = 0",
            "branch 'sgd' where optimizer = 'sgd' allows what is refused: mlp_layers = 0 and gmf",
        ),
        # limits
        (
            "[fixed]",
            "[limits]\nmlp_width = 15\n[fixed]",
            (
                "mlp_width = 15: the narrowest configuration of branch 'adam' where optimizer ="
                " 'adam' has 16; raise it"
            ),
        ),
        # starting points
        ("lr = 0.03", "lr = 0.5", "'GMF': lr = 0.5 is not one of [space] 0.01 to 0.1, log scale"),
        (", l2 = 0.008", "", "'GMF': l2 missing on branch 'sgd'; give every searched"),
        (
            "l2 = 0.008",
            "l2 = 0.008, weight_decay = 1e-8",
            "'GMF': weight_decay is not searched on branch 'sgd'; leave it out",
        ),
        (
            "l2 = 0.008",
            "l2 = 0.008, mlp_layers = 0",
            "'GMF': mlp_layers is not searched on branch 'sgd'; leave it out",
        ),
        ('optimizer = "sgd", p', "p", "'GMF': optimizer missing; give every searched"),
        ('optimizer = "sgd", p', 'optimizer = "sdg", p', "optimizer = 'sdg': must be one of adam"),
        ("lr = 0.03", '"sgd.lr" = 0.03', "'GMF': sgd.lr: write lr, without branch"),
    ],
)
def test_a_bad_branch_gives_one_line(was: str, now: str, line: str) -> None:
    """It names the branch, the hyperparameter and the remedy."""
    assert line in refusal(swapped(was, now))


def test_a_misspelt_table() -> None:
    text = BRANCHED.replace("branches", "branchs")
    assert refusal(text) == "unknown key 'branchs' in the top level; did you mean 'branches'?"


def test_a_branch_gives_something() -> None:
    text = BRANCHED.replace(
        "[[starting_points]]",
        '[[branches]]\nname = "none"\nwhen = { optimizer = "sgd" }\n[[starting_points]]',
    )
    assert refusal(text) == (
        "branch 'none' gives nothing: add [branches.space] or [branches.fixed]"
    )


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("dropout = { low = 0.0, high = 0.5 }", "dropout is a range of fractions; a branch dep"),
        (
            "dropout = { low = 0.0, high = 0.5, step = 0.5 }",
            "dropout is a range of fractions; a branch depends on choices or on whole numbers",
        ),
        (
            "batch_size = { low = 1, high = 900 }",
            "batch_size, optimizer, which have 1800 combinations, more than 100; search",
        ),
    ],
)
def test_a_branch_depends_on_few_values(entry: str, line: str) -> None:
    name = entry.partition(" ")[0]
    text = swapped("[fixed]", f"{entry}\n[fixed]").replace(
        '{ optimizer = "sgd" }', f"{{ {name} = 0.0 }}" if "0.0" in entry else f"{{ {name} = 64 }}"
    )
    assert line in refusal(text)


def test_limits_hold_on_each_branch() -> None:
    """Depth gives way first, and never so far that the branch would be another."""
    deep = {
        "name": "deep",
        "when": {"mlp_layers": [2, 3, 4]},
        "space": {"dropout": {"low": 0.0, "high": 0.5}},
    }
    space = {
        "mlp_layers": {"low": 0, "high": 4},
        "predictive_factors": {"low": 8, "high": 64, "step": 8},
    }
    definition = define(1, space=space, branches=[deep], limits={"mlp_width": 32})
    for layers, factors, expected in ((4, 64, (2, 32)), (3, 8, (3, 8)), (1, 64, (1, 64))):
        params: dict[str, Value] = {"mlp_layers": layers, "predictive_factors": factors}
        found = definition.within_limits(params | ({"deep.dropout": 0.1} if layers > 1 else {}))
        assert (found["mlp_layers"], found["predictive_factors"]) == expected
    with pytest.raises(UserError, match=r"of branch 'deep' where mlp_layers = 2 has 8; raise it"):
        define(1, space=space, branches=[deep], limits={"mlp_width": 7})


def test_a_limit_holds_for_what_a_branch_searches_and_fixes() -> None:
    text = swapped("[fixed]", "[limits]\nmlp_width = 16\n[fixed]").replace(
        "weight_decay = { low = 1e-8",
        "mlp_layers = { low = 1, high = 3 }\nweight_decay = { low = 1e-8",
    )
    definition = read(text)
    wide = {**ADAM, "predictive_factors": 64, "adam.mlp_layers": 3}
    found = definition.within_limits(wide)
    assert (found["predictive_factors"], found["adam.mlp_layers"]) == (32, 1)
    gmf = {**SGD, "predictive_factors": 64}
    assert definition.within_limits(gmf) == gmf
