"""Each kind of bad definition gives one line that names the place, the value and the remedy."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.errors import UserError
from studies.definition.loading import load, parse
from tests.studies.synthetic import GOOD, read


def refusal(text: str) -> str:
    """The line that refuses ``text``."""
    with pytest.raises(UserError) as refused:
        read(text)
    line = str(refused.value)
    assert line.startswith("mine.toml: ")
    assert "\n" not in line
    return line.removeprefix("mine.toml: ")


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        # unknown tables and keys, at each level
        ("[search]", "[serach]", "unknown key 'serach' in the top level; did you mean 'search'?"),
        ("[data]", "[data]\nusr = 1", "unknown key 'usr' in [data]; did you mean 'user'?"),
        (
            "[fixed]",
            "[protocol]\ncandidate = 9\n[fixed]",
            "unknown key 'candidate' in [protocol]; did you mean 'candidates'?",
        ),
        ("low =", "lo =", "unknown key 'lo' in [space.lr]; did you mean 'low'?"),
        ("choices =", "choice =", "in [space.batch_size]; did you mean 'choices'?"),
        (
            "choices = [256, 512]",
            "choices = [256, 512], log = true",
            "unknown key 'log' in [space.batch_size]; known are choices",
        ),
        ("trials", "trails", "unknown key 'trails' in [search]; did you mean 'trials'?"),
        (
            "trials = 10",
            "sampler = { startup = 5 }",
            "unknown key 'startup' in [search.sampler]; did you mean 'startup_trials'?",
        ),
        (
            "trials = 10",
            "pruner = { warmup_epoch = 5 }",
            "unknown key 'warmup_epoch' in [search.pruner]; did you mean 'warmup_epochs'?",
        ),
        (
            "configuration =",
            "configurations =",
            "in [starting_points.0]; did you mean 'configuration'?",
        ),
        # unknown configuration
        ("[space]\nlr", "[space]\nlrr", "unknown hyperparameter 'lrr'; did you mean 'lr'?"),
        ("epochs =", "epoch =", "[fixed]: unknown hyperparameter 'epoch'; did you mean 'epochs'?"),
        ("{ lr = 1e-3", "{ lrr = 1e-3", "unknown hyperparameter 'lrr'; did you mean 'lr'?"),
        # missing
        ('source = "ml-100k"', "", "[data]: 'source' is missing"),
        ('name = "notebook"', "", "[starting_points.0]: 'name' is missing"),
        ("low = 1e-4, ", "", "[space.lr]: 'low' is missing"),
        # what the space itself refuses
        ("high = 1e-2", "high = 1e-5", "low = 0.0001 lies above high = 1e-05; swap them"),
        ("high = 1e-2", "high = 1e-4", "leaves nothing to search; use [fixed]"),
        ("low = 1e-4", "low = 0", "lr = 0.0: must lie between 1e-08 and 1.0"),
        ("high = 1e-2", "high = 2", "lr = 2.0: must lie between 1e-08 and 1.0"),
        ("[256, 512]", "[256]", "choices = [256]; name two, or use [fixed]"),
        ("[256, 512]", "[256, 256]", "choices = [256, 256] repeats a value"),
        ("[fixed]", "dropout = { low = 0.0, high = 1.5 }\n[fixed]", "dropout = 1.5: must lie"),
        ("[fixed]", "negative_ratio = { low = 0, high = 4 }\n[fixed]", "negative_ratio = 0: must"),
        ("[fixed]", "predictive_factors = { low = 8, high = 64 }\n[fixed]", "must be even"),
        ("[fixed]", "weight_decay = { low = 0, high = 1, log = true }\n[fixed]", "on a log scale"),
        # fixed
        ("epochs = 20", "dropout = 1.5", "dropout = 1.5: must lie between 0.0 and 0.95"),
        ("epochs = 20", "dropout = true", "[fixed] dropout = True: input should be"),
        ("epochs = 20", 'dropout = "0.1"', "dropout = '0.1': must be a number"),
        ("epochs = 20", "predictive_factors = 7", "predictive_factors = 7: must be even"),
        ("epochs = 20", "lr = 1e-3", "lr is in both [space] and [fixed]; keep one"),
        # limits
        (
            "[fixed]",
            "[limits]\nmlp_with = 8\n[fixed]",
            "'mlp_with' in [limits]; did you mean 'mlp_",
        ),
        ("[fixed]", "[limits]\nmlp_width = 0\n[fixed]", "[limits] mlp_width = 0: input should be"),
        (
            "[fixed]",
            "[limits]\nmlp_width = 15\n[fixed]",
            "[limits] mlp_width = 15: the narrowest configuration of [space] has 16; raise it",
        ),
        # starting points
        (
            "{ lr = 1e-3",
            "{ lr = 1",
            "[[starting_points]] 'notebook': lr = 1 is not one of [space] 0.0001",
        ),
        (
            "lr = 1e-3, ",
            "",
            "[[starting_points]] 'notebook': lr missing; give every searched hyperparameter",
        ),
        ("{ lr = 1e-3", "{ dropout = 0.1, lr = 1e-3", "dropout is not in [space]; leave it to"),
        (
            "{ lr = 1e-3",
            "{ lr = true",
            "[starting_points.0.configuration] lr = True: input should be",
        ),
        (
            "[search]",
            (
                '[[starting_points]]\nname = "notebook"\n'
                "configuration = { lr = 1e-4, batch_size = 512 }\n[search]"
            ),
            "two [[starting_points]] are called 'notebook'; rename one",
        ),
        *(
            (
                'name = "notebook"',
                f'name = "{name}"',
                f"[[starting_points]] '{name}': a model has this name beside it on the test split",
            )
            for name in ("neumf", "ease")
        ),
        ("[[starting_points]]", "[starting_points]", "the top level starting_points = "),
        # wrong types and impossible numbers
        (
            "lr = { low = 1e-4, high = 1e-2, log = true }",
            "lr = 1e-3",
            "[space] lr = 0.001: must be a",
        ),
        (
            "lr = { low = 1e-4, high = 1e-2, log = true }",
            "lr = [1, 2]",
            "lr = [1, 2]: must be a table",
        ),
        ("low = 1e-4", 'low = "a"', "[space.lr] low = 'a': input should be a valid integer or a"),
        ("low = 1e-4", "low = true", "[space.lr] low = True: input should be a valid integer or a"),
        ("low = 1e-4", "low = nan", "lr = nan: must be a number"),
        ("log = true", 'log = "yes"', "[space.lr] log = 'yes': input should be a valid boolean"),
        ("[256, 512]", "[true, 512]", "[space.batch_size.choices] 0 = True: input should be"),
        ("[256, 512]", "256", "[space.batch_size] choices = 256: input should be a valid list"),
        ('"ml-100k"', "5", "[data] source = 5: input should be a valid string"),
        ('"ml-100k"', '""', "[data] source = '': string should have at least 1 character"),
        (
            "[space]",
            "user = true\n[space]",
            "[data] user = True: input should be a valid string or a",
        ),
        (
            "[space]",
            'min_rating = "4"\n[space]',
            "[data] min_rating = '4': input should be a valid",
        ),
        (
            "trials = 10",
            "trials = 0",
            "[search] trials = 0: input should be greater than or equal to 1",
        ),
        ("trials = 10", "trials = -3", "[search] trials = -3: input should be greater"),
        ("trials = 10", 'trials = "10"', "[search] trials = '10': input should be a valid integer"),
        ("trials = 10", "trials = true", "[search] trials = True: input should be a valid integer"),
        ("trials = 10", "trials = 1.5", "[search] trials = 1.5: input should be a valid integer"),
        (
            "trials = 10",
            "seed = -1",
            "[search] seed = -1: input should be greater than or equal to 0",
        ),
        (
            "trials = 10",
            'sampler = { kind = "tpee" }',
            "kind = 'tpee': input should be 'tpe' or 'ran",
        ),
        (
            "[search]",
            "[protocol]\ncandidates = 0\n[search]",
            "[protocol] candidates = 0: must be at",
        ),
        (
            "[search]",
            "[protocol]\ncandidates = 9.5\n[search]",
            "candidates = 9.5: input should be a val",
        ),
        (
            "[search]",
            '[protocol]\ncandidates = "al"\n[search]',
            "should be a valid integer or 'all'",
        ),
        (
            "[search]",
            '[protocol]\nsplit = "loo"\n[search]',
            "split = 'loo': input should be 'leave-",
        ),
        ('"mine"', '""', "the top level name = '': string should have at least 1 character"),
    ],
)
def test_a_bad_definition_gives_one_line(was: str, now: str, line: str) -> None:
    """It names the place, the value and the remedy."""
    assert was in GOOD
    assert line in refusal(GOOD.replace(was, now, 1))


def test_an_empty_space() -> None:
    text = 'name = "x"\n[data]\nsource = "d"\n[space]'
    assert refusal(text) == "[space] is empty: name at least one hyperparameter to search"
    assert refusal(text.removesuffix("[space]")) == "the top level: 'space' is missing"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"lr = ", "not valid TOML: "),
        (b"[data]\n[data]\n", "not valid TOML: "),
        (b"name = '\xff'", "not valid TOML: "),
        (b"seed = " + b"9" * 5000, "not valid TOML: "),
        (b"", "the top level: 'data' is missing"),
    ],
)
def test_broken_toml(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(UserError) as refused:
        load(str(path))
    line = str(refused.value)
    assert line.startswith(f"{path}: {message}")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("study", "message"),
    [
        ("ml100k", "unknown study 'ml100k'; did you mean 'ml-100k'?"),
        ("zzz", "unknown study 'zzz'; known are ml-100k, ml-100k-ratio, ncf-ml-1m, quick"),
        ("", "unknown study ''; known are ml-100k, ml-100k-ratio, ncf-ml-1m, quick"),
        (
            "no/such.toml",
            "study 'no/such.toml': no such file; known studies are ml-100k, ml-100k-ratio,",
        ),
        ("such.toml", "study 'such.toml': no such file; known studies are"),
        ("/", "study '/': no such file"),
    ],
)
def test_no_such_study(study: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        load(study)
    assert str(refused.value).startswith(message)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=5,
    ),
    st.sampled_from(
        [
            "name",
            "data",
            "protocol",
            "space",
            "fixed",
            "starting_points",
            "search",
            "space.lr",
            "search.pruner",
            "data.user",
            "space.lr.low",
            "fixed.epochs",
            "starting_points.0",
            "space.batch_size.choices",
        ]
    ),
)
def test_whatever_a_file_says_is_taken_or_refused_in_one_line(value: Any, where: str) -> None:
    """Nothing else ever comes of it: no traceback, no second line."""
    raw: Any = tomllib.loads(GOOD)
    *tables, key = where.split(".")
    table = raw
    for name in tables:
        table = table[int(name) if isinstance(table, list) else name]
    table[int(key) if isinstance(table, list) else key] = value
    line = ""
    try:
        parse(raw, "mine.toml")
    except UserError as refused:
        line = str(refused)
    assert "\n" not in line
