"""What is stored of a trial belongs to the epoch that counts."""

from __future__ import annotations

import pytest

from neumf.hyperparameters import Configuration
from studies.ledger.job import EpochResult
from studies.ledger.running import RunningTrial


@pytest.mark.parametrize(("is_complete", "alpha"), [(True, 0.5), (False, 0.25)])
def test_the_weight_is_that_of_the_epoch_that_counts(is_complete: bool, alpha: float) -> None:
    """Of a complete trial the best one, of any other the last; of a trial without a GMF none."""
    epochs = [
        EpochResult(
            n, 0.5, {"nDCG@10": value}, 2, 0.3, 9, 1.0, 7, "fused", "dense", weight, "reused"
        )
        for n, value, weight in ((1, 0.1, 1.0), (2, 0.3, 0.5), (3, 0.2, 0.25))
    ]
    trial = RunningTrial(Configuration(alpha=-1), 5, epochs)
    stored = trial.attributes(is_complete=is_complete)
    assert (stored["alpha"], stored["pretrained"]) == (alpha, "reused")
    assert stored["nDCG@10"] == (0.3 if is_complete else 0.2)
    alone = EpochResult(1, 0.5, {"nDCG@10": 0.1}, 1, 0.1, 9, 1.0, 7, "fused")
    assert "alpha" not in RunningTrial(Configuration(), 5, [alone]).attributes(is_complete=True)


def test_what_was_told_again_is_stored_apart() -> None:
    """An interrupted trial has those seconds too: whoever adds up must not count them twice."""
    epochs = [
        EpochResult(n, 0.5, {"nDCG@10": 0.1}, 1, 0.1, 9, 1.5, 7, "fused", again=n <= 2)
        for n in (1, 2, 3)
    ]
    stored = RunningTrial(Configuration(), 5, epochs).attributes(is_complete=True)
    assert (stored["seconds"], stored["resumed_seconds"], stored["resumed_epochs"]) == (4.5, 3, 2)
    fresh = RunningTrial(Configuration(), 5, epochs[2:]).attributes(is_complete=False)
    assert "resumed_seconds" not in fresh
