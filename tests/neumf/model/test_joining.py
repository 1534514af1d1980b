"""Two models joined are one model, whose logits are theirs, weighed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neumf.model.joining import join
from neumf.model.parameters import Architecture, Parameters
from neumf.model.scorer import NeuMFScorer

USERS, ITEMS = 7, 11


def some(architecture: Architecture, seed: int) -> Parameters:
    """Parameters that are all different, biases too."""
    values = np.random.default_rng(seed).normal(0, 0.5, architecture.size)
    return Parameters(architecture, values.astype(np.float32))


def scores(parameters: Parameters) -> np.ndarray:
    users, items = np.arange(USERS, dtype=np.int32), np.arange(ITEMS, dtype=np.int32)[None]
    return NeuMFScorer(parameters).score(users, items)


@given(
    width=st.integers(1, 9),
    factors=st.integers(1, 4).map(lambda n: 2 * n),
    own_gmf=st.integers(-1, 5),
    layers=st.integers(0, 3),
    alpha=st.floats(0, 1),
)
def test_logits_are_the_weighed_sum(
    width: int, factors: int, own_gmf: int, layers: int, alpha: float
) -> None:
    """Of any two shapes, biases included; and the two are left as they were."""
    if own_gmf == layers == 0:
        return
    gmf = some(Architecture(USERS, ITEMS, 8, 0, width), 1)
    neumf = some(Architecture(USERS, ITEMS, factors, layers, own_gmf), 2)
    before = gmf.flat.tobytes(), neumf.flat.tobytes()
    joined = join(gmf, neumf, alpha)
    expected = alpha * scores(gmf) + (1 - alpha) * scores(neumf)
    assert scores(joined) == pytest.approx(expected, abs=1e-5)
    assert (gmf.flat.tobytes(), neumf.flat.tobytes()) == before


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_weight_of_all_is_one_of_them(alpha: float) -> None:
    gmf, neumf = some(Architecture(USERS, ITEMS, 8, 0, 3), 1), some(Architecture(7, 11, 4, 2), 2)
    one = gmf if alpha else neumf
    assert scores(join(gmf, neumf, alpha)) == pytest.approx(scores(one), abs=1e-6)
