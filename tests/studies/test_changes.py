"""A stored study is continued only where that mixes no results of two questions."""

from __future__ import annotations

from typing import Any

import pytest

from neumf.errors import UserError
from studies.definition.changes import (
    Question,
    refuse_changed_starting_points,
    refuse_other_study,
)
from studies.definition.schema import Definition
from tests.studies.synthetic import BRANCHED, DATA, GOOD, read

REMEDY = "; store it under another name with --name, or use another --storage"
ADDITIONS = 'description = "ours"\n' + GOOD + "pruner = { warmup_epochs = 5 }\n"


def ask(definition: Definition, data: dict[str, Any] = DATA) -> Question:
    return Question(definition.model_dump(mode="json"), data, "nDCG@10")


def compare(was: str, now: str, data: dict[str, Any] | None = None) -> None:
    """Continue the study that ``was`` stored, as it is ``now``."""
    refuse_other_study("mine", ask(read(was)), ask(read(now), data or DATA))


def refusal(was: str, now: str, data: dict[str, Any] | None = None) -> str:
    with pytest.raises(UserError) as refused:
        compare(was, now, data)
    line = str(refused.value)
    assert line.startswith("study 'mine' is already stored with another definition: ")
    assert line.endswith(REMEDY)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("", ""),
        ('"ours"', '"mine"'),  # the description
        ("trials = 10", "trials = 3"),
        ("trials = 10", "trials = 300"),
        ('"ml-100k"', '"elsewhere/u.data"'),  # the same data, by its fingerprint
        ("[space]", "user = 0\n[space]"),
        ('"notebook"', '"another name"'),
        ("epochs = 20", "epochs = 20\npatience = 5"),  # the default
        ("warmup_epochs = 5", ""),  # written out or not
    ],
)
def test_what_may_change(was: str, now: str) -> None:
    assert was in ADDITIONS
    compare(ADDITIONS, ADDITIONS.replace(was, now, 1))


@pytest.mark.parametrize(
    ("was", "now", "difference"),
    [
        ("high = 1e-2", "high = 2e-2", "space.lr.high was 0.01, is 0.02"),
        ("log = true", "log = false", "space.lr.log was True, is False"),
        ("[256, 512]", "[256, 1024]", "space.batch_size.choices was [256, 512], is [256, 1024]"),
        ("epochs = 20", "epochs = 19", "fixed.epochs was 20, is 19"),
        ("epochs = 20", "epochs = 21", "fixed.epochs was 20, is 21"),
        ("epochs = 20", "", "fixed.epochs was 20, is 30"),
        ("epochs = 20", "epochs = 20\npatience = 9", "fixed.patience was 5, is 9"),
        ("epochs = 20", "epochs = 20\ndropout = 0.1", "fixed.dropout was 0.3, is 0.1"),
        ("trials = 10", "seed = 1", "search.seed was 0, is 1"),
        ("warmup_epochs = 5", "warmup_epochs = 4", "search.pruner.warmup_epochs was 5, is 4"),
        ("trials = 10", 'sampler = { kind = "random" }', "sampler.kind was 'tpe', is 'random'"),
        ("[fixed]", "[protocol]\ncandidates = 50\n[fixed]", "protocol.candidates was 99, is 50"),
        ("[fixed]", '[protocol]\nsplit = "ratio"\n[fixed]', "protocol.split was 'leave-one-out'"),
    ],
)
def test_what_may_not(was: str, now: str, difference: str) -> None:
    """The line shows what was and what is; a default counts as if it were written out. A longer
    budget would compare trials of two lengths."""
    assert was in ADDITIONS
    assert difference in refusal(ADDITIONS, ADDITIONS.replace(was, now, 1))


def test_a_hyperparameter_more_or_less() -> None:
    more = GOOD.replace("[fixed]", "dropout = { low = 0.0, high = 0.5 }\n[fixed]").replace(
        "{ lr = 1e-3", "{ dropout = 0.1, lr = 1e-3"
    )
    assert "space.dropout.low was absent, is 0.0" in refusal(GOOD, more)
    assert "space.dropout.high was 0.5, is absent" in refusal(more, GOOD)


@pytest.mark.parametrize(
    ("was", "now", "difference"),
    [
        ("high = 0.1,", "high = 0.2,", "branches.sgd.space.lr.high was 0.1, is 0.2"),
        ("mlp_layers = 0", "mlp_layers = 1", "branches.sgd.fixed.mlp_layers was 0, is 1"),
        ('name = "sgd"', 'name = "mf"', "branches.mf.space.lr.high was absent, is 0.1"),
        (
            '{ optimizer = "sgd" }',
            '{ optimizer = "sgd", predictive_factors = 8 }',
            "branches.sgd.when.predictive_factors was absent, is [8]",
        ),
    ],
)
def test_another_branch(was: str, now: str, difference: str) -> None:
    assert was in BRANCHED
    changed = BRANCHED.replace(was, now, 1)
    before = BRANCHED[: BRANCHED.index("[[starting_points]]")]
    after = changed[: changed.index("[[starting_points]]")]
    assert difference in refusal(before, after)


def test_branches_in_another_order() -> None:
    """One value or a list of one is the same, too."""
    head, sgd, adam = BRANCHED[: BRANCHED.index("[[starting")].split("[[branches]]")
    one = sgd.replace('"sgd" }', '["sgd"] }')
    compare(
        f"{head}[[branches]]{sgd}[[branches]]{adam}", f"{head}[[branches]]{adam}[[branches]]{one}"
    )


def test_a_study_from_before_there_were_branches() -> None:
    now, before = ask(read(GOOD)), ask(read(GOOD))
    del before.definition["branches"]
    refuse_other_study("mine", before, now)


def test_keys_younger_or_older_than_the_stored_study() -> None:
    """A key that did not exist yet had its default; one that is gone is a difference."""
    now, before = ask(read(GOOD)), ask(read(GOOD))
    del before.definition["search"]["pruner"]["percentile"]
    refuse_other_study("mine", before, now)
    before = ask(read(GOOD))
    before.definition["search"]["restarts"] = 3
    with pytest.raises(UserError, match=": search.restarts was 3, is absent; store it under"):
        refuse_other_study("mine", before, now)


def test_a_starting_point_is_new_gone_or_the_same() -> None:
    """Under a stored name only what was stored under it; 256.0 is 256."""
    stored = {"notebook": {"lr": 1e-3, "batch_size": 256}}
    for now in (stored, {}, {"new": {"lr": 1e-2, "batch_size": 512}}):
        refuse_changed_starting_points("mine", stored, now)
    refuse_changed_starting_points("mine", stored, {"notebook": {"lr": 1e-3, "batch_size": 256.0}})
    with pytest.raises(UserError) as refused:
        refuse_changed_starting_points("mine", stored, {"notebook": {"lr": 2e-3, "batch_size": 64}})
    assert str(refused.value) == (
        "study 'mine' is already stored with another starting point 'notebook': batch_size was 256,"
        " is 64; lr was 0.001, is 0.002; give the changed starting point a new name"
    )


def test_other_data() -> None:
    """By contents, whatever the name; both are shown."""
    other = {**DATA, "fingerprint": "ffff0000ffff0000", "interactions": 99_999}
    line = refusal(GOOD, GOOD, other)
    assert "data was ml-100k (100,000 interactions, 7d0d34b1), is ml-100k (99,999" in line
    compare(GOOD, GOOD, {**DATA, "name": "renamed"})


def test_every_difference_is_shown() -> None:
    now = GOOD.replace("high = 1e-2", "high = 2e-2").replace("trials = 10", "seed = 5")
    line = refusal(GOOD, now)
    assert "space.lr.high" in line
    assert "search.seed" in line
