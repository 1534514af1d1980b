"""The fused engine with NaN and huge numbers, with no samples and with many steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba.core.runtime import _nrt_python  # type: ignore[attr-defined]
from numba.core.runtime.nrt import rtsys

from neumf.training.engines.fused import FusedEngine
from neumf.training.warm_up import warm_up
from tests.neumf.training.fused_cases import SEED, case


@pytest.mark.parametrize("where", ["mlp_user", "gmf_item", "mlp.0.weight", "mlp.1.bias", "output"])
def test_nan_comes_out(where: str) -> None:
    """A NaN anywhere in the model makes the loss NaN, so that training can be seen to fail."""
    c = case(mlp_layers=2, dropout=0.0)
    name = next(name for name in c.parameters.named if name.startswith(where))
    c.parameters.named[name][:] = np.nan
    engine = FusedEngine(c.parameters, c.configuration, SEED)
    assert np.isnan(engine.train([c.samples]))


@pytest.mark.parametrize("where", ["gmf_user", "gmf_item", "output.bias"])
def test_nan_comes_out_of_gmf_alone(where: str) -> None:
    """Of samples taken one at a time too."""
    c = case(mlp_layers=0, optimizer="sgd")
    name = next(name for name in c.parameters.named if name.startswith(where))
    c.parameters.named[name][:] = np.nan
    engine = FusedEngine(c.parameters, c.configuration, SEED)
    assert np.isnan(engine.train([c.samples]))


def test_overflow_comes_out() -> None:
    """Infinite logits are a loss that is not finite, not a number that looks fine."""
    c = case(dropout=0.0)
    c.parameters.flat[:] = 1e20
    engine = FusedEngine(c.parameters, c.configuration, SEED)
    assert not np.isfinite(engine.train([c.samples]))


def test_huge_logits_have_their_loss() -> None:
    """The loss of a confident mistake is its logit, without overflow."""
    c = case(predictive_factors=2, mlp_layers=1, dropout=0.0, n=64)
    c.parameters.flat[:] = 0
    c.parameters.out_bias[:] = 1e4
    engine = FusedEngine(c.parameters, c.configuration, SEED)
    wrong = float((c.samples.labels == 0).mean())
    assert engine.train([c.samples]) == pytest.approx(1e4 * wrong, rel=1e-6)


def allocations() -> int:
    """How many compiled code has made."""
    return int(rtsys.get_allocation_stats().alloc)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "recipe",
    [
        {"update": "dense", "l2": 0.01},
        {"update": "lazy", "l2": 0.01},
        {"optimizer": "sgd", "l2": 0.01},
        {"optimizer": "sgd", "mlp_layers": 0},
    ],
)
def test_steps_allocate_nothing(recipe: dict[str, Any]) -> None:
    """A hundred steps make as many allocations in compiled code as ten."""
    warm_up()
    _nrt_python.memsys_enable_stats()
    try:
        counts = []
        for n in (160, 1600):
            c = case(n=n, batch_size=16, **recipe)
            engine = FusedEngine(c.parameters, c.configuration, SEED)
            before = allocations()
            engine.train([c.samples])
            counts.append(allocations() - before)
        assert counts[0] == counts[1]
    finally:
        _nrt_python.memsys_disable_stats()


def test_an_empty_epoch_is_no_loss() -> None:
    c = case(n=0)
    engine = FusedEngine(c.parameters, c.configuration, SEED)
    assert engine.train([]) == 0.0
    assert engine.train([c.samples]) == 0.0
