"""A run that goes on from a state is the run that was never interrupted, to the last bit."""

from __future__ import annotations

import weakref
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neumf.hyperparameters import Configuration
from neumf.training.checkpoints import Checkpoints
from neumf.training.loop import Epoch, train
from neumf.training.pretraining import Pretraining
from neumf.training.state import State
from neumf.training.trainer import Trainer
from tests.budget import examples
from tests.worlds import blocks, problem_of

PROBLEM = problem_of(blocks())
SMALL = Configuration(predictive_factors=4, epochs=5, patience=5, batch_size=64, lr=0.01)
CONFIGURATIONS = {
    "Adam, all rows": replace(SMALL, weight_decay=1e-5, schedule="cosine"),
    "Adam, the rows of a batch": replace(SMALL, update="lazy", weight_decay=1e-5),
    "SGD in batches": replace(SMALL, optimizer="sgd", l2=0.01, schedule="linear"),
    "SGD, one at a time": replace(SMALL, mlp_layers=0, optimizer="sgd", gmf_factors=8, l2=0.01),
    "joined": replace(SMALL, alpha=-1.0, pretrained_factors=4, pretrained_epochs=2),
    "trained together": replace(
        SMALL, alpha=0.5, pretrained_factors=4, pretrained_epochs=2, epochs=3, tuning_epochs=2
    ),
}


def stored(state: State, folder: Path) -> State:
    """As another process finds it."""
    Checkpoints(folder).save("run", state)
    found = Checkpoints(folder).look("run")
    assert found is not None
    return found


def facts(epoch: Epoch) -> tuple[Any, ...]:
    """All that an epoch says, but for what the clock says."""
    said = (epoch.number, epoch.loss, epoch.metrics, epoch.best, epoch.samples, epoch.update)
    return (*said, epoch.alpha, epoch.pretrained, epoch.parameters.flat.tobytes())


def assert_goes_on(configuration: Configuration, engine: str, folder: Path) -> None:
    """From each of its epochs."""
    states, straight = [], []
    for epoch in train(PROBLEM, configuration, 5, engine=engine):
        straight.append(facts(epoch))
        states.append(stored(epoch.state(), folder))
    for k, state in enumerate(states, 1):
        again = train(PROBLEM, configuration, 5, engine=engine, resume=state)
        assert [facts(epoch) for epoch in again] == straight[k:]


@pytest.mark.parametrize("engine", ["fused", "torch"])
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_run_goes_on_from_any_epoch(name: str, engine: str, tmp_path: Path) -> None:
    """With the same losses, metrics, best epoch and parameters; dropout, negatives and the learning
    rate go on where they were."""
    assert_goes_on(CONFIGURATIONS[name], engine, tmp_path)


@settings(deadline=None, max_examples=examples(40))
@given(
    configuration=st.builds(
        replace,
        st.sampled_from(list(CONFIGURATIONS.values())),
        batch_size=st.sampled_from([32, 64, 100]),
        dropout=st.sampled_from([0.0, 0.3]),
        schedule=st.sampled_from(["constant", "linear", "cosine"]),
        negatives=st.sampled_from(["every-epoch", "once", "per-user"]),
        negative_ratio=st.integers(1, 4),
        patience=st.integers(1, 5),
    )
)
def test_however_it_is_configured(configuration: Configuration) -> None:
    """Early stopping counts on from where it was, too."""
    with TemporaryDirectory() as folder:
        assert_goes_on(configuration, "fused", Path(folder))


def counting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The epochs that are trained from now on, those of a GMF too."""
    trained: list[int] = []
    train_one = Trainer.train

    def count(self: Trainer[Any], number: int, *arguments: Any) -> float:
        trained.append(number)
        return train_one(self, number, *arguments)

    monkeypatch.setattr(Trainer, "train", count)
    return trained


@pytest.mark.parametrize("stop", range(1, 9))
def test_a_gmf_goes_on_after_its_last_epoch(
    stop: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at any epoch of the two that are averaged: it is the same in the end, and no epoch
    before the checkpoint is trained again."""
    joined = replace(SMALL, epochs=1, alpha=0.5, pretrained_epochs=4, pretrained_copies=2)
    straight = [facts(epoch) for epoch in train(PROBLEM, joined, 5, pretraining=Pretraining(9))]

    class KilledError(Exception):
        pass

    trained = counting(monkeypatch)

    def poll() -> None:
        if len(trained) > stop:
            raise KilledError

    def kept() -> Pretraining:
        return Pretraining(9, checkpoints=Checkpoints(tmp_path))

    monkeypatch.setattr("neumf.training.checkpoints.SHARE", 0)
    with pytest.raises(KilledError):
        list(train(PROBLEM, joined, 5, poll=poll, pretraining=kept()))
    assert len(list(tmp_path.iterdir())) == 1, "one file a run"
    trained.clear()
    again = [facts(epoch) for epoch in train(PROBLEM, joined, 5, pretraining=kept())]
    assert again == straight
    assert len(trained) == 2 * 4 + 1 - stop


def test_a_resumed_run_does_not_hold_what_it_resumed_from() -> None:
    """It is as large as the run: that would double the memory of a large model."""
    for configuration in CONFIGURATIONS.values():
        *_, found, _ = (epoch.state() for epoch in train(PROBLEM, configuration, 5))
        state = State({name: array.copy() for name, array in found.arrays.items()}, found.facts)
        seen = [weakref.ref(array) for array in state.arrays.values()]
        again = train(PROBLEM, configuration, 5, resume=state)
        del state
        next(again)
        assert all(reference() is None for reference in seen), configuration
