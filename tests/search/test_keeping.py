"""A trial that was interrupted goes on from its checkpoint: the same result, nothing done twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from neumf.hyperparameters import Configuration
from neumf.training import checkpoints
from neumf.training.trainer import Trainer
from search.workers import keeping as keeping_module
from search.workers.interface import Keeping
from search.workers.keeping import Keeper, made_by
from search.workers.messages import (
    EpochDone,
    FromWorker,
    Remark,
    TrialDone,
    TrialFailed,
    TrialStopped,
)
from search.workers.worker import Stopped, messages
from studies.ledger.job import Job
from tests.worlds import blocks, problem_of

PROBLEM = problem_of(blocks())
PLAIN = Configuration(predictive_factors=4, mlp_layers=1, epochs=6, patience=6, batch_size=64)
JOINED = replace(PLAIN, alpha=-1.0, pretrained_factors=4, pretrained_epochs=3)
JOBS = {
    "a trial": Job.of(3, PLAIN, 1),
    "a joined one": Job.of(3, JOINED, 1),
    "one whose model is wanted": replace(Job.of(3, PLAIN, 1), kept=True),
    "one that ends with an epoch": replace(Job.of(3, PLAIN, 1), kept=True, last_epoch=4),
}
STOPS_EARLY = Job.of(3, replace(PLAIN, epochs=30, patience=1), 1)


class KilledError(Exception):
    """What nothing catches, and so leaves everything as kill -9 does."""


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The epochs that are trained, those of a GMF too."""
    numbers: list[int] = []
    train_one = Trainer.train

    def count(self: Trainer[Any], number: int, *arguments: Any) -> float:
        numbers.append(number)
        return train_one(self, number, *arguments)

    monkeypatch.setattr(Trainer, "train", count)
    monkeypatch.setattr(checkpoints, "SHARE", 0)
    return numbers


def test_a_lack_of_memory_is_not_the_trials_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is to be tried again: others may have taken the memory."""

    def short_of_memory(*_: object) -> float:
        raise MemoryError

    monkeypatch.setattr(Trainer, "train", short_of_memory)
    (failed,) = work(JOBS["a trial"], tmp_path, Keeping())
    assert isinstance(failed, TrialFailed)
    assert (failed.reason, failed.again) == ("out of memory", True)


def no_poll() -> None:
    """Nothing is wanted of the worker."""


def work(
    job: Job, session: Path, keeping: Keeping, poll: Callable[[], None] = no_poll
) -> list[FromWorker]:
    """All that a new worker says of ``job``; ``session`` is the folder that workers share."""
    session.mkdir(exist_ok=True)
    keeper = Keeper(keeping, session, PROBLEM, "fused", "cpu")
    return list(messages(job, PROBLEM, session, "fused", "cpu", poll, keeper))


def results(said: list[FromWorker]) -> list[Any]:
    """Of all epochs, whoever trained them and however long it took, and of the model."""
    epochs = [replace(m.epoch, seconds=0, again=False) for m in said if isinstance(m, EpochDone)]
    done = said[-1]
    assert isinstance(done, TrialDone)
    parameters = done.model.parameters if done.model else None
    return [*epochs, None if parameters is None else parameters.flat.tobytes()]


@pytest.mark.parametrize(
    ("name", "stop"), [*((name, stop) for name in JOBS for stop in (1, 3)), ("a joined one", 4)]
)
def test_a_trial_goes_on_from_its_checkpoint(
    name: str, stop: int, tmp_path: Path, trained: list[int]
) -> None:
    """In another session, under another number: all epochs are told, each was trained once, and the
    results are those of a trial that nobody interrupted."""
    job, keeping = JOBS[name], Keeping(tmp_path / "kept", 0)
    undisturbed = work(job, tmp_path / "undisturbed", Keeping())
    epochs = len(trained)
    trained.clear()

    def poll() -> None:
        if len(trained) > stop:
            raise KilledError

    with pytest.raises(KilledError):
        work(job, tmp_path / "killed", keeping, poll)
    assert len(list((tmp_path / "kept").iterdir())) == 1
    again = work(replace(job, number=9, label="again"), tmp_path / "again", keeping)
    assert results(again) == results(undisturbed)
    assert len(trained) == epochs + 1, "the epoch that it was killed in is trained twice"
    told = [m for m in again if isinstance(m, EpochDone) and m.epoch.again]
    assert not any(m.busy_seconds for m in told)
    (remark,) = (m.text for m in again if isinstance(m, Remark))
    if told:
        assert remark == f"goes on after epoch {len(told)} of {job.epochs}, from a checkpoint"
    else:
        assert remark == f"its GMF goes on after epoch {stop} of 3, from a checkpoint"


@pytest.mark.parametrize("job", [*JOBS.values(), STOPS_EARLY], ids=[*JOBS, "one that stops early"])
def test_a_trial_whose_end_was_lost_is_not_trained_again(
    job: Job, tmp_path: Path, trained: list[int]
) -> None:
    """Told, and not stored by a coordinator that was killed: it is told again."""
    keeping = Keeping(tmp_path / "kept", 0)
    said = work(job, tmp_path / "lost", keeping)
    trained.clear()
    again = work(replace(job, number=9), tmp_path / "again", keeping)
    assert results(again) == results(said)
    assert not trained


@pytest.mark.parametrize("is_given_up", [False, True])
def test_what_is_kept_of_a_trial_goes_when_the_next_has_ended(
    is_given_up: bool, tmp_path: Path, trained: list[int]
) -> None:
    """However it ends, and whatever else its worker trains: one file is left, of the last that has
    a result."""
    job, kept = JOBS["a trial"], tmp_path / "kept"
    keeper = Keeper(Keeping(kept, 0), tmp_path, PROBLEM, "fused", "cpu")

    def poll() -> None:
        if is_given_up and len(trained) > 3:
            raise Stopped

    def train(job: Job, poll: Callable[[], None]) -> set[Path]:
        trained.clear()
        list(messages(job, PROBLEM, tmp_path, "fused", "cpu", poll, keeper))
        return set(kept.iterdir())

    first = train(job, no_poll)
    second = train(replace(job, seed=2), poll)
    assert len(first) == 1
    assert len(second) == (0 if is_given_up else 1)
    assert not first & second


def test_a_trial_that_was_at_its_last_epoch_trains_nothing(
    tmp_path: Path, trained: list[int]
) -> None:
    """What is left is to hand over its model."""
    job, keeping = JOBS["one that ends with an epoch"], Keeping(tmp_path / "kept", 0)
    keeper = Keeper(keeping, tmp_path, PROBLEM, "fused", "cpu")
    killed = messages(job, PROBLEM, tmp_path, "fused", "cpu", no_poll, keeper)
    said = [next(killed) for _ in range(5)]
    killed.close()
    again = work(job, tmp_path / "again", keeping)
    assert results(again) == results(said)
    assert trained == [1, 2, 3, 4]


def test_a_short_trial_pays_nothing(tmp_path: Path) -> None:
    """Not even for a folder, nor for knowing what computes."""
    keeping = Keeping(tmp_path / "kept" / "study", 3600)
    work(JOBS["a trial"], tmp_path, keeping)
    assert not (tmp_path / "kept").exists()


def test_a_trial_that_is_given_up_leaves_nothing(tmp_path: Path, trained: list[int]) -> None:
    """A pruned one is not gone on with."""

    def poll() -> None:
        if len(trained) > 3:
            raise Stopped

    said = work(JOBS["a trial"], tmp_path, Keeping(tmp_path / "kept", 0), poll)
    assert isinstance(said[-1], TrialStopped)
    assert not list((tmp_path / "kept").iterdir())


@pytest.mark.parametrize(
    "other",
    [
        replace(JOBS["a trial"], seed=2),
        replace(JOBS["a trial"], configuration=replace(PLAIN, epochs=7)),
        replace(JOBS["a trial"], kept=True),
        replace(JOBS["a trial"], last_epoch=5),
    ],
)
def test_another_trial_does_not_take_it(other: Job, tmp_path: Path, trained: list[int]) -> None:
    """Of another seed, configuration, budget or purpose."""

    def poll() -> None:
        if len(trained) > 3:
            raise KilledError

    keeping = Keeping(tmp_path / "kept", 0)
    with pytest.raises(KilledError):
        work(JOBS["a trial"], tmp_path, keeping, poll)
    trained.clear()
    said = work(other, tmp_path, keeping)
    assert not [m for m in said if isinstance(m, Remark)]
    assert len(trained) == other.epochs


def test_one_of_another_engine_is_not_used_and_said_so(tmp_path: Path, trained: list[int]) -> None:
    """The trial starts anew, with the same result as ever."""

    def poll() -> None:
        if len(trained) > 3:
            raise KilledError

    job, keeping = JOBS["a trial"], Keeping(tmp_path / "kept", 0)
    with pytest.raises(KilledError):
        work(job, tmp_path, keeping, poll)
    trained.clear()
    keeper = Keeper(keeping, tmp_path, PROBLEM, "torch", "cpu")
    said = list(messages(job, PROBLEM, tmp_path, "torch", "cpu", no_poll, keeper))
    (remark,) = (m.text for m in said if isinstance(m, Remark))
    assert remark.startswith("a checkpoint is not used (it was made with engine fused, here torch)")
    assert len(trained) == job.epochs


def test_two_kinds_of_gpu_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as their names do: what one has begun the other does not go on with."""
    monkeypatch.setattr(keeping_module, "resolve", lambda *_: ("torch", "cuda:0"))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"A100 as {device}")
    assert made_by(PROBLEM, "auto", "cuda")["device"] == "A100 as cuda:0"
    monkeypatch.setattr(keeping_module, "resolve", lambda *_: ("torch", "cpu"))
    assert made_by(PROBLEM, "auto", "cpu")["device"] == "cpu"
