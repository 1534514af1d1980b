"""Scores of whole rows are those of pairs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neumf.model.catalogue_scorer import CatalogueScorer
from neumf.model.parameters import Architecture, Parameters
from neumf.model.scorer import NeuMFScorer
from neumf.seeds import generator
from tests.worlds import ARCHITECTURES


@given(ARCHITECTURES, st.integers(0, 99))
def test_they_are_those_of_pairs(architecture: Architecture, seed: int) -> None:
    """Output bias included, within the rounding of float32; any users, in any order."""
    random = generator(seed, "parameters")
    flat = random.normal(size=architecture.size).astype(np.float32)
    parameters = Parameters(architecture, flat)
    users = random.integers(0, architecture.n_users, 5).astype(np.int32)
    catalogue = np.arange(architecture.n_items, dtype=np.int32)[None]
    expected = NeuMFScorer(parameters).score(users, catalogue)
    got = CatalogueScorer(parameters).for_another_thread().score(users)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())
