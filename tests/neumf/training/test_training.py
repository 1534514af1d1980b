"""A training run is a generator of epochs: repeatable, ended by its rule, and able to learn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import numpy as np
import pytest

from neumf.errors import UserError
from neumf.hyperparameters import Configuration
from neumf.model.parameters import Parameters
from neumf.seeds import trial_seed
from neumf.training import run as training
from neumf.training import trainer
from neumf.training.divergence import EXPLODED, Diverged
from neumf.training.loop import Epoch, train
from neumf.training.negatives import Sampler, Samples
from neumf.training.state import State
from neumf.training.trainer import Trainer
from tests.worlds import blocks, problem_of, world

ENGINES = ("fused", "torch")
PROBLEM = problem_of(blocks())
SMALL = Configuration(predictive_factors=4, mlp_layers=2, epochs=4, batch_size=64, lr=0.01)


def numbers(epochs: list[Epoch]) -> list[tuple[float, dict[str, float]]]:
    """What a trial is judged by, without what the clock says."""
    return [(epoch.loss, epoch.metrics) for epoch in epochs]


def run(configuration: Configuration, engine: str = "fused", seed: int = 5) -> list[Epoch]:
    return list(train(PROBLEM, configuration, seed, engine=engine))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_seed_gives_the_same_numbers(engine: str) -> None:
    """To the last bit, of the losses, the metrics and every parameter."""
    one, same, other = (run(SMALL, engine, seed) for seed in (5, 5, 6))
    assert numbers(one) == numbers(same)
    assert one[-1].parameters.flat.tobytes() == same[-1].parameters.flat.tobytes()
    assert numbers(one) != numbers(other)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_longer_budget_repeats_the_same_epochs_and_goes_on(engine: str) -> None:
    """Also under the seed rule, which leaves ``epochs`` and ``patience`` out."""
    longer = Configuration(**SMALL.asdict() | {"epochs": 6, "patience": 6})  # type: ignore[arg-type]
    first, second = (run(h, engine, trial_seed(0, h)) for h in (SMALL, longer))
    assert len(second) == 6
    assert numbers(first) == numbers(second[:4])


def test_a_run_is_not_disturbed_by_another() -> None:
    """Two at once, epoch by epoch, give what each gives alone: nothing is global."""
    other = Configuration(**SMALL.asdict() | {"mlp_layers": 3})  # type: ignore[arg-type]
    alone = run(SMALL)
    together = [
        epoch for epoch, _ in zip(train(PROBLEM, SMALL, 5), train(PROBLEM, other, 5), strict=True)
    ]
    assert numbers(together) == numbers(alone)


def test_what_an_epoch_says() -> None:
    """Its number, its samples, its cost, and the best so far as the stopping rule decides it."""
    epochs = run(SMALL)
    values = [epoch.metrics["nDCG@10"] for epoch in epochs]
    assert [epoch.number for epoch in epochs] == [1, 2, 3, 4]
    for n, epoch in enumerate(epochs, 1):
        assert epoch.best.epochs == n
        assert epoch.best.value == max(values[:n])
        assert epoch.best.number == 1 + values.index(max(values[:n]))
        assert epoch.samples == len(PROBLEM.users) * (1 + SMALL.negative_ratio)
        assert epoch.train_seconds > 0
        assert epoch.evaluate_seconds > 0
        assert epoch.engine == "fused"
        assert epoch.parameters.architecture.predictive_factors == 4


def test_the_loss_starts_at_chance() -> None:
    """With embeddings near 0 a model knows nothing: log 2, then less."""
    first, *_, last = run(SMALL)
    assert first.loss == pytest.approx(np.log(2), abs=0.25)
    assert last.loss < first.loss


@pytest.mark.parametrize("engine", ENGINES)
def test_a_world_of_blocks_is_solved(engine: str) -> None:
    """Of 21 candidates at most 2 others are of the user's block, so the held-out item must be
    among the first 5 of nearly every list; chance puts it there in a quarter of them."""
    configuration = Configuration(epochs=20, patience=20, batch_size=64, lr=0.02, dropout=0.0)
    best = max(epoch.metrics["HR@5"] for epoch in run(configuration, engine))
    assert best > 0.9


@pytest.mark.parametrize("engine", ENGINES)
def test_a_user_who_has_everything_does_not_stop_it(engine: str) -> None:
    """There is no negative for them, and nothing to rank against, so their list is left out."""
    data = world([(user, item) for user in range(5) for item in range(8) if user < 2 or item < 4])
    problem = problem_of(data, candidates=3)
    assert problem.validation.users.tolist() == [2, 3, 4]
    epochs = list(train(problem, SMALL, 0, engine=engine))
    assert len(epochs) == SMALL.epochs


def test_patience_ends_a_run() -> None:
    """A model that cannot change never improves on its first epoch."""
    still = Configuration(lr=1e-8, epochs=50, patience=3, dropout=0.0)
    epochs = run(still)
    assert len(epochs) == 4
    assert epochs[-1].best.number == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_learning_rate_of_one_diverges(engine: str) -> None:
    """Every loss that is shown is sane; the first that is not is raised, with its epoch."""
    wild = Configuration(predictive_factors=64, lr=1.0, epochs=30, patience=30, batch_size=16)
    shown: list[float] = []
    with pytest.raises(Diverged, match=r"^loss \S+ in epoch \d+$"):
        shown.extend(epoch.loss for epoch in train(PROBLEM, wild, 0, engine=engine))
    assert all(loss <= EXPLODED for loss in shown)


class Scripted:
    """An engine whose losses are given beforehand."""

    name = "scripted"
    update = "dense"

    def __init__(self, parameters: Parameters, losses: list[float]) -> None:
        self.parameters = parameters
        self._losses = iter(losses)

    def train(self, chunks: Iterable[Samples]) -> float:
        assert sum(1 for _ in chunks) > 0
        return next(self._losses)

    def state(self) -> State:
        raise AssertionError

    def resume(self, state: State) -> None:
        raise AssertionError(state)


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), 20.5, -float("inf")])
def test_a_bad_loss_ends_the_run_before_the_epoch_is_shown(
    loss: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scripted(*arguments: Any) -> Trainer[Samples]:
        _, _, problem, configuration, parameters, seed = arguments
        return Trainer(
            Scripted(parameters, [0.7, loss, 0.7]), Sampler(problem, configuration, seed)
        )

    monkeypatch.setattr(training, "make_trainer", scripted)
    epochs = train(PROBLEM, SMALL, 0)
    assert next(epochs).loss == 0.7
    with pytest.raises(Diverged, match="in epoch 2$"):
        next(epochs)


def poller(after: int) -> tuple[Callable[[], None], list[int]]:
    """Raises when called more than ``after`` times; the list counts the calls."""
    calls: list[int] = []

    def poll() -> None:
        calls.append(1)
        if len(calls) > after:
            raise InterruptedError

    return poll, calls


@pytest.mark.parametrize("engine", ENGINES)
def test_what_poll_raises_ends_the_run(engine: str) -> None:
    """In the middle of an epoch, which is not shown."""
    poll, _ = poller(after=1)
    epochs = train(PROBLEM, SMALL, 0, engine=engine, poll=poll)
    assert next(epochs).number == 1
    with pytest.raises(InterruptedError):
        next(epochs)
    assert list(epochs) == []


def test_an_epoch_polls_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between whole batches, so that polling changes no number."""
    alone = numbers(run(SMALL))
    monkeypatch.setattr(trainer, "POLL_EVERY", 100)
    poll, calls = poller(after=10**6)
    epochs = list(train(PROBLEM, SMALL, 5, poll=poll))
    assert numbers(epochs) == alone
    assert len(calls) == SMALL.epochs * -(-epochs[0].samples // 64)


def test_an_epoch_is_trained_when_it_is_asked_for() -> None:
    """The caller owns the loop: a run that is let go of does no more work."""
    poll, calls = poller(after=10**6)
    epochs = train(PROBLEM, SMALL, 0, poll=poll)
    assert not calls
    assert [epoch.number for epoch in islice(epochs, 2)] == [1, 2]
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("engine", "device", "message"),
    [
        ("fast", "auto", "unknown engine 'fast': must be one of auto, fused, torch"),
        ("auto", "gpu", "unknown device 'gpu': must be one of auto, cpu, cuda, mps"),
        ("fused", "mps", "the fused engine runs on the CPU, not on 'mps'; use --engine torch"),
    ],
)
def test_an_engine_that_is_not_there(engine: str, device: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        next(train(PROBLEM, SMALL, 0, engine=engine, device=device))
    assert str(refused.value) == message
