"""Item-kNN against brute force."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from neumf.baselines.itemknn import ItemKNN
from neumf.protocol.problem import Problem
from tests.neumf.baselines.fitting import dense, problems, table, trained_on
from tests.worlds import world


def by_brute_force(
    problem: Problem, neighbours: int, shrink: float, power: float
) -> npt.NDArray[np.float64]:
    """Scores, from the definition: every item sorts all others."""
    x = dense(problem).astype(float)
    scores = np.zeros(x.shape)
    for item in range(problem.n_items):
        similarity = {
            other: float(
                np.float32(
                    x[:, item]
                    @ x[:, other]
                    / (np.sqrt(x[:, item].sum() * x[:, other].sum()) + shrink)
                )
            )
            for other in range(problem.n_items)
            if other != item and x[:, item] @ x[:, other] > 0
        }
        nearest = sorted(similarity, key=lambda other: (-similarity[other], other))[:neighbours]
        for other in nearest:
            scores[:, item] += x[:, other] * similarity[other] ** power
    return scores


@given(
    problems(),
    st.integers(1, 9),
    st.sampled_from([0.0, 1.0, 10.0]),
    st.sampled_from([1.0, 2.0]),
)
def test_scores_are_those_of_brute_force(
    problem: Problem, neighbours: int, shrink: float, power: float
) -> None:
    """Also where several are equally similar and not all have room: those with lower codes do."""
    hyperparameters = {"neighbours": neighbours, "shrink": shrink, "power": power}
    got = table(ItemKNN().fit(problem, hyperparameters, 0), problem)
    known = dense(problem).sum(axis=1) > 0
    expected = 1024 * by_brute_force(problem, neighbours, shrink, power)
    np.testing.assert_allclose(got[known], expected[known], rtol=1e-5, atol=1e-6)


class Few(ItemKNN):
    """A grid for problems of eight items: the nearest of all others, and of them fewer."""

    grid = tuple(
        {"neighbours": neighbours, "shrink": shrink, "power": 1}
        for neighbours in (1, 3, 2, 30)
        for shrink in (10, 0)
    )
    without_the_last = grid[:-2]  # so the nearest are cut from all others, and then again


@given(problems())
def test_a_grid_is_fitted_as_its_points_are(problem: Problem) -> None:
    """To the last bit, though the nearest are found among the nearest: also where several are
    equally similar, and where there are fewer than asked for."""
    for points in (Few.grid, Few.without_the_last):
        for hyperparameters, scorer in zip(points, Few().fit_all(problem, points, 0), strict=True):
            expected = table(Few().fit(problem, hyperparameters, 0), problem)
            assert np.array_equal(table(scorer, problem), expected)


def test_an_item_counts_its_neighbours_not_those_that_count_it() -> None:
    """All of items 1 to 3 are most like item 0, which is most like item 1: with one neighbour, a
    user of 2 scores nothing for 0, but a user of 0 scores 2."""
    pairs = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 2), (3, 0), (3, 3), (4, 2), (5, 0)]
    problem = trained_on(world(pairs))
    scores = table(ItemKNN().fit(problem, {"neighbours": 1, "shrink": 0, "power": 1}, 0), problem)
    assert scores[4, 0] == 0
    assert scores[5, 2] > 0
