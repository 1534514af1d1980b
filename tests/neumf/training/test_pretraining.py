"""A GMF is trained apart, once, and joined; each half is what it is alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Timer

import numpy as np
import pytest
from filelock import FileLock

from neumf.errors import UserError
from neumf.evaluation.mixtures import Mixtures, choose
from neumf.hyperparameters import Configuration
from neumf.metrics import measure
from neumf.model.scorer import NeuMFScorer
from neumf.seeds import derive
from neumf.training import loop
from neumf.training.divergence import Diverged
from neumf.training.joining import WEIGHTS
from neumf.training.loop import Epoch, train
from neumf.training.pretraining import Pretrained, Pretraining, pretrain
from neumf.training.run import TrainingRun
from tests.worlds import blocks, problem_of

PROBLEM = problem_of(blocks())
JOINED = Configuration(
    predictive_factors=4,
    mlp_layers=2,
    epochs=3,
    batch_size=64,
    lr=0.01,
    alpha=0.5,
    pretrained_factors=8,
    pretrained_epochs=4,
)
HERE = Pretraining(seed=9)


def run(
    configuration: Configuration, pretraining: Pretraining = HERE, engine: str = "fused"
) -> list[Epoch]:
    return list(train(PROBLEM, configuration, 5, engine=engine, pretraining=pretraining))


def test_the_gmf_is_the_one_it_is_as_a_trial() -> None:
    """To the last bit, as its last epoch leaves it."""
    alone = list(train(PROBLEM, JOINED.pretrained, HERE.seed))[-1].parameters
    joined = run(replace(JOINED, alpha=1.0))[-1].parameters
    m, g = joined.architecture.mlp_width, JOINED.pretrained_factors
    assert joined.user_rows[:, m : m + g].tobytes() == alone.user_rows.tobytes()
    assert joined.item_rows[:, m : m + g].tobytes() == alone.item_rows.tobytes()
    assert joined.out_bias == alone.out_bias


@pytest.mark.parametrize("alpha", [0.3, -1.0])
def test_the_other_half_is_trained_as_it_is_alone(alpha: float) -> None:
    """Only what is measured differs."""
    alone, joined = run(JOINED.own), run(replace(JOINED, alpha=alpha))
    assert [e.loss for e in joined] == [e.loss for e in alone]
    assert [e.metrics for e in joined] != [e.metrics for e in alone]
    assert [e.pretrained for e in joined] == ["trained"] * 3
    assert [e.pretrained for e in alone] == [None] * 3


def test_all_the_weight_on_the_gmf_measures_the_gmf() -> None:
    alone = list(train(PROBLEM, JOINED.pretrained, HERE.seed))[-1]
    assert all(e.metrics == alone.metrics for e in run(replace(JOINED, alpha=1.0)))


def test_a_chosen_weight_is_told_and_kept_in_the_model() -> None:
    for epoch in run(replace(JOINED, alpha=-1.0)):
        assert 0 <= epoch.alpha <= 1
        assert epoch.parameters.out_weight[: JOINED.pretrained_factors] == pytest.approx(
            epoch.alpha
        )


def test_the_cost_of_the_gmf_is_in_the_first_epoch() -> None:
    alone, joined = run(JOINED.own), run(JOINED)
    of_gmf = list(train(PROBLEM, JOINED.pretrained, HERE.seed))
    more = [a.samples - b.samples for a, b in zip(joined, alone, strict=True)]
    assert more == [sum(epoch.samples for epoch in of_gmf), 0, 0]


def test_so_is_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the first epoch of the run that trained it."""
    gmf = Pretrained(run(JOINED.pretrained)[-1].parameters, samples=7, seconds=1000.0)
    monkeypatch.setattr(loop, "pretrain", lambda *_, **__: gmf)
    first, second, third = (epoch.train_seconds for epoch in run(JOINED))
    assert first > 1000 > second + third


def test_a_full_disk_costs_time_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The GMF is not kept for others, and no half-written file is left."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    there = Pretraining(9, tmp_path)
    assert [run(JOINED, there)[0].pretrained for _ in range(2)] == ["trained", "trained"]
    assert not list(tmp_path.glob("*.npy*"))


def test_a_folder_that_is_gone_costs_time_and_nothing_else(tmp_path: Path) -> None:
    """The coordinator that made it was killed, and another worker has cleared it away; or it is on
    a disk that cannot be written."""
    gone = Pretraining(9, tmp_path / "gone" / "gmf")
    assert [e.metrics for e in run(JOINED, gone)] == [e.metrics for e in run(JOINED)]
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    assert run(JOINED, Pretraining(9, in_the_way))[0].pretrained == "trained"


def test_the_number_told_is_that_of_weights_that_others_chose() -> None:
    """Not that of the best weight, which is higher."""
    epochs = run(replace(JOINED, alpha=-1.0))
    gmf = list(train(PROBLEM, JOINED.pretrained, HERE.seed))[-1].parameters.copy()
    lists = PROBLEM.validation
    mixtures, differ = Mixtures(NeuMFScorer(gmf), lists), 0
    for epoch, own in zip(epochs, train(PROBLEM, JOINED.own, 5), strict=True):
        ranks = mixtures.rank(NeuMFScorer(own.parameters), WEIGHTS)
        best, honest = choose(ranks, lists.users)
        assert epoch.metrics == measure(honest)
        assert epoch.alpha == WEIGHTS[best]
        differ += measure(honest) != measure(ranks[best])
    assert differ


def test_tuning_has_the_penalty_and_the_negatives_of_the_gmf() -> None:
    h = replace(JOINED, tuning_epochs=2, tuning_lr=0.5, pretrained_l2=0.25, weight_decay=1e-6)
    tuning = h.tuning
    assert (tuning.l2, tuning.negative_ratio) == (0.25, h.pretrained_negative_ratio)
    assert (tuning.optimizer, tuning.lr, tuning.epochs, tuning.weight_decay) == ("sgd", 0.5, 2, 0)


@pytest.mark.parametrize("engine", ["fused", "torch"])
def test_a_gmf_that_is_there_is_not_trained_again(tmp_path: Path, engine: str) -> None:
    """And the run that reuses it gives the same numbers."""
    there = Pretraining(9, tmp_path / "gmf")
    first = run(JOINED, there, engine)
    again = run(replace(JOINED, alpha=0.25), there, engine)
    afresh = run(replace(JOINED, alpha=0.25), engine=engine)
    assert [e.pretrained for e in (first[0], again[0], afresh[0])] == [
        *("trained", "reused", "trained")
    ]
    assert [e.metrics for e in again] == [e.metrics for e in afresh]
    assert again[0].samples < afresh[0].samples


def test_copies_are_averaged_and_the_first_is_the_single_one(tmp_path: Path) -> None:
    """Three copies score the mean of what three GMFs of different seeds score; what a run with
    fewer copies has trained is not trained again."""
    users, items = np.arange(PROBLEM.n_users, dtype=np.int32), np.arange(8, dtype=np.int32)[None]
    there = Pretraining(9, tmp_path)
    single, several = (
        run(replace(JOINED, alpha=1.0, pretrained_copies=n), there)[0] for n in (1, 3)
    )
    of_own = run(JOINED.own)[0].samples
    assert several.samples - of_own == 2 * (single.samples - of_own)
    scores = [
        NeuMFScorer(list(train(PROBLEM, JOINED.pretrained, seed))[-1].parameters).score(
            users, items
        )
        for seed in (9, derive(9, "copy", 2), derive(9, "copy", 3))
    ]
    mean = NeuMFScorer(several.parameters).score(users, items)
    assert mean == pytest.approx(np.mean(scores, axis=0), abs=1e-5)
    assert run(replace(JOINED, pretrained_copies=3), there)[0].pretrained == "reused"


@pytest.mark.parametrize(
    "changes",
    [
        {"pretrained_factors": 9},
        {"pretrained_lr": 0.02},
        {"pretrained_l2": 0.01},
        {"pretrained_negative_ratio": 3},
        {"pretrained_epochs": 5},
        {"pretrained_init_std": 0.2},
    ],
)
def test_another_gmf_is_trained(tmp_path: Path, changes: dict[str, float]) -> None:
    there = Pretraining(9, tmp_path)
    run(JOINED, there)
    other = replace(JOINED, **changes)  # type: ignore[arg-type]
    assert run(other, there)[0].pretrained == "trained"
    assert run(JOINED, Pretraining(10, tmp_path))[0].pretrained == "trained"
    assert run(JOINED, there)[0].pretrained == "reused"


def test_while_another_process_trains_it_a_run_waits_and_can_be_stopped(tmp_path: Path) -> None:
    """It polls meanwhile; when the other is done, it takes what the other has made."""
    there = Pretraining(9, tmp_path)
    run(JOINED, there)
    (made,) = tmp_path.glob("*.npy")
    hidden = made.rename(tmp_path / "hidden")
    other = FileLock(made.with_suffix(".lock"))
    other.acquire()
    polls: list[None] = []
    impatient = Timer(20, other.release)  # without a poll the run would wait for ever
    impatient.start()

    def poll() -> None:
        polls.append(None)
        if len(polls) == 2:
            hidden.rename(made)
            other.release()

    running = TrainingRun(PROBLEM, "fused", "cpu", poll)
    fetched = pretrain(running, JOINED.pretrained, 1, there)
    impatient.cancel()
    assert len(polls) == 2
    assert (fetched.samples, fetched.seconds) == (0, 0.0), "waiting is not training"
    assert fetched.waited > 0


def test_a_run_stopped_in_pretraining_leaves_nothing(tmp_path: Path) -> None:
    """No half-trained GMF is ever found by another; the lock is free again."""

    class StopError(Exception):
        pass

    def poll() -> None:
        raise StopError

    there = Pretraining(9, tmp_path)
    with pytest.raises(StopError):
        list(train(PROBLEM, JOINED, 5, poll=poll, pretraining=there))
    assert not list(tmp_path.glob("*.npy*"))
    assert run(JOINED, there)[0].pretrained == "trained"


def test_a_gmf_that_explodes_fails_the_run() -> None:
    with pytest.raises(Diverged, match=r"^the GMF trained apart: loss \S+ in epoch 1$"):
        run(replace(JOINED, pretrained_init_std=10.0))


def test_tuning_goes_on_from_the_best_epoch_of_the_join() -> None:
    """With a rate of next to nothing, all its epochs are as good as that one was."""
    joined = run(JOINED)
    best = joined[-1].best
    tuned = run(replace(JOINED, tuning_epochs=2, tuning_lr=1e-8))
    assert [e.metrics for e in tuned[:3]] == [e.metrics for e in joined]
    assert [e.number for e in tuned] == [1, 2, 3, 4, 5]
    assert all(e.metrics == joined[best.number - 1].metrics for e in tuned[3:])
    assert tuned[-1].alpha == 0.5


def test_tuning_trains_both_halves() -> None:
    before, after = run(JOINED)[-1], run(replace(JOINED, tuning_epochs=3, tuning_lr=0.02))[-1]
    moved = after.parameters.named
    assert after.parameters.architecture == before.parameters.architecture
    for name, values in before.parameters.named.items():
        assert not np.allclose(values, moved[name], atol=1e-6), name
    assert after.loss < run(JOINED)[-1].loss


def test_the_same_seeds_give_the_same_bits() -> None:
    whole = replace(JOINED, tuning_epochs=2)
    one, same = run(whole), run(whole)
    assert [(e.loss, e.metrics, e.alpha) for e in one] == [
        (e.loss, e.metrics, e.alpha) for e in same
    ]
    assert one[-1].parameters.flat.tobytes() == same[-1].parameters.flat.tobytes()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alpha": -0.5}, r"^alpha = -0.5: must lie between 0 and 1, or be -1$"),
        ({"alpha": 1.5}, r"^alpha = 1.5: must lie between"),
        ({"tuning_epochs": 2}, r"^tuning_epochs = 2 with alpha = 0: there is no join to tune"),
        (
            {"tuning_epochs": 2, "alpha": -1},
            r"^tuning_epochs = 2 with alpha = -1: the weight would be chosen on the lists that",
        ),
        (
            {"tuning_epochs": 2, "alpha": 0.5, "pretrained_factors": 1024},
            r"^tuning_epochs = 2: the GMFs are 1028 wide together; the most is 1024$",
        ),
    ],
)
def test_what_cannot_be_joined_is_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Configuration(**changes)  # type: ignore[arg-type]


def test_who_watches_hears_of_each_epoch_as_it_begins() -> None:
    """Of every copy; of none that is there already. Nothing else changes."""
    heard: list[tuple[int, int]] = []
    watched = replace(HERE, watch=lambda epoch, epochs: heard.append((epoch, epochs)))
    twice = replace(JOINED, pretrained_copies=2)
    assert [e.metrics for e in run(twice, watched)] == [e.metrics for e in run(twice)]
    assert heard == [(n, 4) for n in (1, 2, 3, 4)] * 2
