"""Tuning takes the best of the grid on validation lists."""

from __future__ import annotations

import json
from typing import ClassVar

import numpy as np
import pytest

from neumf.arrays import Floats
from neumf.baselines import tuning
from neumf.baselines.baseline import Baseline, Hyperparameters
from neumf.baselines.catalogue import BASELINES
from neumf.baselines.tuning import Tried, tune
from neumf.data.interactions import Codes
from neumf.evaluation.measurement import Way, gains, headline, measure_model
from neumf.evaluation.scoring import Scorer
from neumf.metrics import OBJECTIVE
from neumf.protocol.evaluation_protocol import (
    EvaluationProtocol,
    make_problem,
    split_interactions,
    validation_lists,
)
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.problem import Problem
from tests.worlds import blocks


class InBlocks:
    """Knows that items come in blocks of 12, and finds so many of a user's block."""

    n_items = 48

    def __init__(self, found: int) -> None:
        self._found = found

    def score(self, users: Codes, items: Codes) -> Floats:
        found = (users[:, None] // 12 == items // 12) & (items % 12 < self._found)
        scores: Floats = (found - items / 100).astype(np.float32)
        return scores


class MadeUp(Baseline):
    """Hyperparameters say how good it is."""

    name: ClassVar = "made up"
    label: ClassVar = "made up"
    grid: ClassVar = tuple({"found": n, "cost": cost} for cost, n in enumerate((0, 4, 12, 12, 8)))

    def fit(
        self, problem: Problem, hyperparameters: Hyperparameters, seed: int, threads: int = 1
    ) -> Scorer:
        assert (problem.n_items, seed, threads) == (48, 7, 2)
        return InBlocks(int(hyperparameters["found"]))


def case(**protocol: object) -> tuple[Problem, MeasuredLists]:
    how = EvaluationProtocol(**{"candidates": 20, **protocol})  # type: ignore[arg-type]
    data = blocks()
    parts = split_interactions(data, how, 0)
    return make_problem(data, parts, how, 0), validation_lists(data, parts, how, 0)


@pytest.mark.parametrize(("candidates", "way"), [(20, "expected"), ("all", "catalogue")])
def test_the_best_of_the_grid_is_taken(candidates: object, way: Way) -> None:
    """Of equals the earlier; its value is the objective in the headline's way, of the measurement
    that comes with it, and every point was told as it was tried."""
    problem, lists = case(candidates=candidates)
    told: list[Tried] = []
    tuned = tune(MadeUp(), problem, lists, 7, threads=2, progress=told.append)
    assert tuned.name == "made up"
    assert tuned.hyperparameters == {"found": 12, "cost": 2}
    assert tuple(told) == tuned.tried
    assert [point.hyperparameters for point in tuned.tried] == list(MadeUp.grid)
    assert headline(lists) == way
    for point in tuned.tried:
        measured = measure_model(InBlocks(int(point.hyperparameters["found"])), lists)
        assert point.value == gains(measured, lists, OBJECTIVE, way).mean()
    assert tuned.value == max(point.value for point in tuned.tried)
    assert tuned.value == gains(tuned.measurement, lists, OBJECTIVE, way).mean()
    best = measure_model(InBlocks(12), lists)
    assert np.array_equal(tuned.measurement.catalogue, best.catalogue)
    assert (tuned.measurement.sampled is None) == (candidates == "all")


@pytest.mark.parametrize("known", range(6))
def test_what_was_tried_before_is_not_again(known: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ends as if it had been tuned in one go, whether the best is among the known ones or not;
    it alone is fitted again."""
    problem, lists = case()
    whole = tune(MadeUp(), problem, lists, 7, threads=2)
    fitted: list[Hyperparameters] = []
    fit = MadeUp.fit

    def counted(self: MadeUp, problem: Problem, point: Hyperparameters, *rest: int) -> Scorer:
        fitted.append(point)
        return fit(self, problem, point, *rest)

    monkeypatch.setattr(MadeUp, "fit", counted)
    told: list[Tried] = []
    before = whole.tried[:known]
    tuned = tune(MadeUp(), problem, lists, 7, threads=2, known=before, progress=told.append)
    best = [whole.hyperparameters] if known > 2 else []
    assert fitted == [*MadeUp.grid[known:], *best]
    assert tuned.tried == (*before, *told)
    assert tuned.seconds > sum(point.seconds for point in before)
    assert tuned.as_json(lists) == {**whole.as_json(lists), "seconds": tuned.seconds}
    assert np.array_equal(tuned.measurement.catalogue, whole.measurement.catalogue)


def test_of_many_lists_some_judge_and_all_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Users with few lists between them: which point is best hardly depends on the rest."""
    monkeypatch.setattr(tuning, "JUDGED_ON", 20)
    problem, lists = case()
    assert len(lists) == 48
    tuned = tune(MadeUp(), problem, lists, 7, threads=2)
    for point in tuned.tried:
        scorer = InBlocks(int(point.hyperparameters["found"]))
        whole = gains(measure_model(scorer, lists), lists, OBJECTIVE, "expected")
        assert point.value == whole[::3].mean()
        assert point.value != whole.mean()
    assert tuned.hyperparameters == {"found": 12, "cost": 2}
    assert len(tuned.measurement.catalogue) == 48
    assert tuned.value == gains(tuned.measurement, lists, OBJECTIVE, "expected").mean()


def test_its_json_has_every_metric_and_every_point() -> None:
    problem, lists = case()
    tuned = tune(MadeUp(), problem, lists, 7, threads=2)
    read = json.loads(json.dumps(tuned.as_json(lists)))
    assert read["name"] == "made up"
    assert read["hyperparameters"] == {"found": 12, "cost": 2}
    assert set(read["validation"]) == {"sampled", "expected", "catalogue"}
    assert read["validation"]["expected"]["nDCG@10"] == pytest.approx(tuned.value)
    assert [point["value"] for point in read["tried"]] == [point.value for point in tuned.tried]


@pytest.mark.slow
@pytest.mark.parametrize("name", BASELINES)
def test_what_is_chosen_does_not_depend_on_threads(name: str) -> None:
    """Nor on when it is tuned: the same numbers to the last bit."""
    problem, lists = case()
    one, two = (tune(BASELINES[name], problem, lists, 0, threads=n) for n in (1, 2))
    assert one.hyperparameters == two.hyperparameters
    assert [point.value for point in one.tried] == [point.value for point in two.tried]
    if name != "popularity":
        assert one.value > 2 * tune(BASELINES["popularity"], problem, lists, 0).value
