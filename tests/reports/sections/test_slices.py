"""Each hyperparameter against the score."""

from __future__ import annotations

import json
from dataclasses import replace

from neumf.hyperparameters import HYPERPARAMETERS
from reports.figures.slice import Slice, SlicePoint
from reports.page import render
from reports.sections import slices
from studies.results.study_result import Importance, Importances, StudyResult
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import complete, failed, pruned, tiny
from tests.reports.reader import said


def test_slices_follow_the_definitions_scale() -> None:
    study = tiny(complete(0, 0.3, lr=0.001, batch_size=256), pruned(1, 0.2, 0.1), failed(2))
    assert slices.slices(study) == (
        Slice(
            "lr",
            "log",
            (
                SlicePoint(0, 0.001, 0.3, "complete", None),
                SlicePoint(1, 0.01, 0.1, "pruned", None),
            ),
        ),
        Slice("batch_size", "category", (SlicePoint(0, 256, 0.3, "complete", None),)),
    )


def test_what_is_distinct_from_noise_comes_first_then_the_largest_share() -> None:
    """Where categories are many, the noise line is high: a larger share may be noise."""
    found = (
        Importance("negatives", 0.5, 0.6, distinct=False),
        Importance("dropout", 0.3, 0.1, distinct=True),
        Importance("lr", 0.2, 0.1, distinct=True),
        Importance("mlp_layers", 0.1, 0.2, distinct=False),
    )
    trial = complete(0, 0.3, lr=0.1, mlp_layers=1, batch_size=256, negatives="once", dropout=0.1)
    study = replace(tiny(trial), importances=Importances(found, ""))
    assert [found.name for found in slices.slices(study)] == [
        "dropout",
        "lr",
        "negatives",
        "mlp_layers",
        "batch_size",
    ]


def test_a_slice_has_the_trials_of_its_branch_on_the_branchs_scale() -> None:
    found = {found.name: found for found in slices.slices(AWKWARD["branched"])}
    assert [point.number for point in found["sgd.lr"].points] == [0, 1, 2]
    assert [point.number for point in found["adam.lr"].points] == [3, 4, 5]
    assert {name: one.scale for name, one in found.items()} == {
        "sgd.lr": "log",
        "optimizer": "category",
        "adam.lr": "log",
        "adam.schedule": "category",
        "sgd.l2": "linear",
    }
    content = slices.section(AWKWARD["branched"]).content
    assert isinstance(content, slices.Content)
    assert content.slices[0].help == HYPERPARAMETERS["lr"].help


def test_named_choices_make_a_category_without_a_definition() -> None:
    study = StudyResult("s", "", {}, {}, "nDCG@10", (complete(0, 0.3, negatives="once"),))
    assert [found.scale for found in slices.slices(study)] == ["category"]


def test_the_trend_is_of_complete_trials() -> None:
    """A line along numbers; between choices there is nothing to draw a line through."""
    trials = [complete(n, 0.3 + 0.01 * (n % 2), lr=0.001, batch_size=256) for n in range(6)]
    trials += [complete(6 + n, 0.4, lr=0.01, batch_size=512) for n in range(5)]
    found = slices.section(tiny(*trials, *(pruned(11 + n, 0.1) for n in range(5))))
    assert isinstance(found.content, slices.Content)
    traces = {
        one.name: next(t for t in json.loads(one.plot.json or "")["data"] if t["name"] == "trend")
        for one in found.content.slices
    }
    assert traces["lr"]["y"] == [0.305, 0.4]
    assert (traces["lr"]["mode"], traces["batch_size"]["mode"]) == ("lines", "markers")


def test_an_edge_is_told_as_advice() -> None:
    trials = [complete(n, 0.01 * (n % 10), negative_ratio=1 + n % 10) for n in range(60)]
    page = said(render(tiny(*trials)))
    assert "6 of the best 6 trials stand at the top of negative_ratio" in page
    assert "widen negative_ratio above 10" in page
    middle = [
        complete(n, 0.2 - 0.01 * abs(n % 10 - 5), negative_ratio=1 + n % 10) for n in range(60)
    ]
    assert "No range ends where the best trials are." in said(render(tiny(*middle)))
    assert "range ends" not in said(render(tiny(*trials[:10])))
