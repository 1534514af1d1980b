"""One way to measure every finished model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest

from neumf.arrays import Floats
from neumf.data.interactions import Codes
from neumf.evaluation.measurement import WAYS, all_metrics, gains, headline, measure_model, ways
from neumf.evaluation.ranking import rank
from neumf.metrics import METRICS, OBJECTIVE, measure
from neumf.protocol.evaluation_protocol import (
    EvaluationProtocol,
    make_problem,
    split_interactions,
    validation_lists,
)
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.opening import open_test
from neumf.seeds import generator
from tests.worlds import blocks


@dataclass(frozen=True)
class Table:
    """Scores that were written down."""

    scores: Floats  # [n_users, n_items]

    @property
    def n_items(self) -> int:
        return len(self.scores.T)

    def score(self, users: Codes, items: Codes) -> Floats:
        scores: Floats = self.scores[users[:, None], items]
        return scores


DATA = blocks()
SCORER = Table(generator(0, "scores").random((DATA.n_users, DATA.n_items), np.float32))


def validation(candidates: int | Literal["all"], seed: int = 0) -> MeasuredLists:
    protocol = EvaluationProtocol(candidates=candidates)
    return validation_lists(DATA, split_interactions(DATA, protocol, seed), protocol, seed)


def test_sampled_is_what_the_search_sees() -> None:
    """To the last bit: the lists of the problem, and the metrics of their ranks."""
    protocol = EvaluationProtocol(candidates=20)
    parts = split_interactions(DATA, protocol, 0)
    problem = make_problem(DATA, parts, protocol, 0)
    lists = validation(20)
    assert lists.sampled is not None
    np.testing.assert_array_equal(lists.sampled.users, problem.validation.users)
    np.testing.assert_array_equal(lists.sampled.items, problem.validation.items)
    found = all_metrics(measure_model(SCORER, lists), lists)
    assert found["sampled"] == measure(rank(SCORER, problem.validation))


@pytest.mark.parametrize("part", ["validation", "test"])
def test_expected_is_the_mean_over_draws(part: str) -> None:
    """Of 400 draws of 20 candidates, every metric within four standard errors.

    A sampled validation list avoids one item more than the expectation knows of, the user's test
    item. With random scores, that item is above as often as another, but which it is does not
    change from draw to draw: one item in 30 may be off.
    """
    protocol = EvaluationProtocol(candidates=20)
    parts = split_interactions(DATA, protocol, 0)

    def make(seed: int) -> MeasuredLists:
        if part == "validation":
            return validation_lists(DATA, parts, protocol, seed)
        return open_test(DATA, parts, protocol, seed).lists

    lists = make(0)
    found = all_metrics(measure_model(SCORER, lists), lists)["expected"]
    sampled = []
    for seed in range(400):
        other = make(seed)
        assert other.sampled is not None
        sampled.append(measure(rank(SCORER, other.sampled)))
    for name in METRICS:
        draws = np.array([values[name] for values in sampled])
        allowed = 4 * draws.std() / len(draws) ** 0.5 + (0.01 if part == "validation" else 0)
        assert abs(draws.mean() - found[name]) < allowed, name


def test_gains_are_of_every_list() -> None:
    """Their mean is the metric, in every way; each list is the catalogue's at the same place."""
    lists = validation(20)
    measurement = measure_model(SCORER, lists)
    found = all_metrics(measurement, lists)
    assert tuple(found) == WAYS
    for way, values in found.items():
        for name, metric in METRICS.items():
            each = gains(measurement, lists, metric, way)
            assert each.shape == (len(lists),)
            assert each.mean() == values[name]


def test_the_headline_is_the_least_noisy() -> None:
    """The expectation of sampled lists; the catalogue where that is what the protocol ranks."""
    assert headline(validation(20)) == "expected"
    assert headline(validation("all")) == "catalogue"


def test_without_sampling_there_is_one_way() -> None:
    lists = validation("all")
    measurement = measure_model(SCORER, lists)
    assert measurement.sampled is None
    assert ways(lists) == tuple(all_metrics(measurement, lists)) == ("catalogue",)
    for way in ("sampled", "expected"):
        with pytest.raises(AssertionError, match="nothing is sampled here"):
            gains(measurement, lists, OBJECTIVE, way)


def test_constant_scores_win_nothing() -> None:
    """Ties count against the model in the expectation as they do in the ranks it is made of."""
    lists = validation(20)
    flat = measure_model(Table(np.zeros((DATA.n_users, DATA.n_items), np.float32)), lists)
    assert not any(all_metrics(flat, lists)["expected"].values())
