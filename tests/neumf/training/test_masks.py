"""The fused engine's dropout masks, which are a hash and not a generator's."""

from __future__ import annotations

import numpy as np
import pytest

from neumf.training.engines.fused import mask_array

SEED = 2**63 + 5  # seeds are 64 bits without a sign


@pytest.mark.parametrize("dropout", [0.05, 0.3, 0.8])
def test_dropout_keeps_its_share(dropout: float) -> None:
    """A share 1 - dropout is kept, within five standard errors, and scaled to keep the mean;
    neighbours, layers and steps are independent, and so are the two that share a hash (32 apart in
    the first layer, half a batch apart in the others)."""
    n = 256 * 64
    masks = [mask_array(SEED, s, k, (256, 64), dropout) > 0 for s in range(1, 9) for k in range(3)]
    kept = np.stack([m.ravel() for m in masks]).astype(np.float64)
    spread = np.sqrt(dropout * (1 - dropout))
    assert abs(kept.mean() - (1 - dropout)) < 5 * spread / np.sqrt(kept.size)
    z = (kept - (1 - dropout)) / spread
    for lag in (1, 2, 7, 16, 32, 64, 256, n // 2):
        assert abs((z[:, lag:] * z[:, :-lag]).mean()) < 5 / np.sqrt(len(z) * (n - lag))
    correlations = np.corrcoef(z)[np.triu_indices(len(z), 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(n)
    scale = mask_array(SEED, 1, 0, (256, 64), dropout).max()
    assert scale == pytest.approx(1 / (1 - dropout))


def test_nothing_is_dropped_without_dropout() -> None:
    assert (mask_array(SEED, 1, 0, (100, 34), 0.0) == 1).all()
