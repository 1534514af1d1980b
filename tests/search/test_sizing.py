"""A study sized to its data is legal, whatever the data."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.data.interactions import Interactions
from neumf.errors import UserError
from neumf.protocol.evaluation_protocol import make_problem, split_interactions
from search.new_study.sizing import SCALES, TRIALS, Scale, sized
from tests.worlds import world, worlds


def sparse(n: int, n_users: int, n_items: int) -> Interactions:
    """``n`` pairs, spread evenly."""
    cells = np.linspace(0, n_users * n_items - 1, n).astype(np.int64)
    return world(
        list(zip((cells // n_items).tolist(), (cells % n_items).tolist(), strict=True)),
        n_users=n_users,
        n_items=n_items,
    )


@given(st.integers(2, 3000), st.integers(2, 300), st.integers(2, 300))
def test_any_data_has_a_legal_study(n: int, n_users: int, n_items: int) -> None:
    """Its space, limits and starting points are checked as any study's are; there is something to
    search in every hyperparameter."""
    data = sparse(min(n, n_users * n_items), n_users, n_items)
    definition = sized("mine", {"source": "mine.csv"}, data)
    definition.check()
    assert {point.name for point in definition.starting_points} == {"notebook", "He et al."}
    for point in definition.starting_points:
        assert definition.fits(point.configuration)
    assert definition.search.trials == TRIALS
    assert definition.search.pruner.warmup_epochs < int(definition.fixed["epochs"])


@given(worlds(least=13))
def test_its_lists_are_not_short(data: Interactions) -> None:
    """The candidates are as many as the data has, so the study that is written also starts."""
    definition = sized("mine", {"source": "mine.csv"}, data)
    parts = split_interactions(data, definition.protocol, 0)
    try:
        problem = make_problem(data, parts, definition.protocol, 0)
    except UserError as error:  # everybody has met everything
        assert "next to nothing to rank" in str(error)  # noqa: PT017
        return
    assert len(problem.validation)


@pytest.mark.parametrize(
    ("unseen", "candidates"),
    [([150] * 20, 99), ([99] * 20, 99), ([40] * 20, 40), ([9] * 20, "all")],
)
def test_candidates(unseen: list[int], candidates: int | str) -> None:
    """99 where users have them, as many as they have where not, and the catalogue if those are
    few."""
    pairs = [(user, item) for user, n in enumerate(unseen) for item in range(200 - n)]
    definition = sized("mine", {"source": "mine.csv"}, world(pairs, n_items=200))
    assert definition.protocol.candidates == candidates


def test_without_long_histories_rows_are_split_at_random() -> None:
    data = world([(user, user % 7) for user in range(50)], n_items=7)
    assert sized("mine", {"source": "a"}, data).protocol.split == "ratio"


def test_more_data_more_work_a_step_less_epochs() -> None:
    """From scale to scale: larger batches, fewer epochs, no more decay."""

    def order(scale: Scale) -> tuple[float, ...]:
        return scale.below, scale.batch_sizes[0], -scale.epochs, -scale.weight_decay

    for small, large in pairwise(SCALES):
        assert all(a <= b for a, b in zip(order(small), order(large), strict=True))


def test_the_scale_of_movielens_100k_is_the_default_studys() -> None:
    """100,000 interactions of 943 users: width, layers, negatives, batches, decay and epochs."""
    from studies.definition.loading import load

    default = load("ml-100k")
    mine = sized("mine", {"source": "a"}, sparse(100_000, 943, 1682))
    for name in ("alpha", "predictive_factors", "mlp_layers", "negative_ratio", "batch_size"):
        assert mine.space[name] == default.space[name]
    assert mine.fixed == default.fixed
    assert mine.limits == default.limits
    assert mine.search == default.search
    for point, usual in zip(mine.starting_points, default.starting_points, strict=True):
        assert point.configuration == usual.configuration | {"weight_decay": 1e-8}
