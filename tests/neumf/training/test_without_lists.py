"""Once nothing is left to choose, a model trains on all there is and validates on nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neumf.hyperparameters import CHOSEN, Configuration
from neumf.protocol.problem import Candidates, Problem
from neumf.training.loop import Epoch, train
from tests.worlds import blocks, problem_of

WITH = problem_of(blocks())
NONE = np.empty((0, 1), np.int32)
WITHOUT = replace(WITH, validation=Candidates(NONE[:, 0], NONE))
SMALL: dict[str, Any] = {"predictive_factors": 4, "mlp_layers": 1, "epochs": 4, "lr": 0.01}
JOINED: dict[str, Any] = {**SMALL, "alpha": 0.5, "pretrained_factors": 4, "pretrained_epochs": 2}


def epochs(
    problem: Problem, configuration: Configuration, engine: str
) -> list[tuple[Epoch, bytes]]:
    return [
        (epoch, epoch.parameters.flat.tobytes())
        for epoch in train(problem, configuration, 1, engine=engine)
    ]


@pytest.mark.parametrize("engine", ["fused", "torch"])
@pytest.mark.parametrize("hyperparameters", [SMALL, JOINED], ids=["alone", "joined"])
def test_every_epoch_runs_and_the_last_is_the_best(
    engine: str, hyperparameters: dict[str, Any]
) -> None:
    """As with lists, to the last bit; patience, of which 0 everywhere would be the end, waits."""
    patient = Configuration(**hyperparameters, patience=10)
    hasty = Configuration(**hyperparameters, patience=1)
    with_lists, without = epochs(WITH, patient, engine), epochs(WITHOUT, hasty, engine)
    assert [flat for _, flat in without] == [flat for _, flat in with_lists]
    assert len(without) == 4
    for epoch, _ in without:
        assert epoch.best.is_latest
        assert not any(epoch.metrics.values())


@pytest.mark.parametrize("engine", ["fused", "torch"])
def test_the_last_epoch_is_the_one_that_is_tuned(engine: str) -> None:
    """The halves are tuned from where their training ended: with a learning rate of 1e-8, tuning
    leaves nearly all as it was."""
    configuration = Configuration(**JOINED, tuning_epochs=2, tuning_lr=1e-8)
    trained = epochs(WITHOUT, configuration, engine)
    assert [epoch.number for epoch, _ in trained] == [1, 2, 3, 4, 5, 6]
    assert trained[-1][0].best.is_latest
    first, last, tuned = (np.frombuffer(trained[n][1], np.float32) for n in (0, 3, 5))
    np.testing.assert_allclose(tuned, last, atol=1e-5)
    assert np.abs(first - last).max() > 1e-3


def test_no_weight_can_be_chosen_without_lists() -> None:
    """Rather than the first of equals, 0, which would leave the GMF out."""
    configuration = Configuration(**{**JOINED, "alpha": CHOSEN})
    with pytest.raises(AssertionError, match="there are no lists to choose a mixture on"):
        epochs(WITHOUT, configuration, "fused")
