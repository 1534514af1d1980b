"""Importance: noise does not look like something, and something does not look like noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neumf.declaration import Value
from studies.results.importance import LEAST, importances
from studies.results.study_result import Importance, TrialResult


def made(seed: int, trials: int = 54, effect: float = 0.0) -> list[TrialResult]:
    """Trials whose learning rate makes ``effect`` of the variation; the rest is noise."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(trials):
        params: dict[str, Value] = {
            "lr": float(10 ** rng.uniform(-4, -2)),
            "dropout": float(rng.uniform(0, 0.6)),
            "mlp_layers": int(rng.integers(1, 4)),
            "batch_size": int(rng.choice([256, 512, 1024])),
            "engine": str(rng.choice(["one", "two", "three"])),
        }
        peak = 1 - abs(np.log10(float(params["lr"])) + 3)  # uniform on 0 to 1
        noise = rng.normal() * np.sqrt(1 / 12)
        score = np.sqrt(effect) * peak + np.sqrt(1 - effect) * noise
        found.append(TrialResult(number, "complete", params, float(score)))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("trials", [LEAST, 54])
def test_noise_rarely_stands_out(trials: int) -> None:
    """Two in a hundred studies are expected to have anything distinct, and six are improbable."""
    studies = [importances(made(seed, trials), seed).found for seed in range(100)]
    assert all(len(found) == 5 for found in studies)
    assert sum(any(one.distinct for one in found) for found in studies) <= 6


def test_a_signal_is_found_and_only_that() -> None:
    studies = [importances(made(seed, effect=0.6), seed).found for seed in range(20)]
    assert sum(found[0].name == "lr" and found[0].distinct for found in studies) >= 18
    assert sum(one.distinct for found in studies for one in found[1:]) <= 4


def test_a_word_is_found_too() -> None:
    trials = [
        replace(trial, value=float(trial.params["engine"] == "two") + (trial.value or 0))
        for trial in made(0)
    ]
    first = importances(trials, 0).found[0]
    assert (first.name, first.distinct) == ("engine", True)


def test_what_only_moves_along_does_not_stand_out() -> None:
    """A sampler narrows everything in time, and scores rise in time."""
    found: list[Importance] = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        trials = [
            replace(
                t, params={"dropout": t.number + 9 * rng.normal()}, value=t.number + rng.normal()
            )
            for t in made(seed)
        ]
        found += importances(trials, seed).found
    assert sum(one.distinct for one in found) <= 2


def test_the_same_again() -> None:
    trials = made(3, effect=0.3)
    assert importances(trials, 7) == importances(trials[::-1], 7)


def test_too_few_trials_have_none() -> None:
    found, basis = importances(made(0, LEAST - 1, effect=0.9), 0)
    assert found == ()
    assert basis == f"{LEAST - 1} complete trials of different configurations; {LEAST} needed"
    assert importances((), 0).found == ()


def test_equal_scores_have_none() -> None:
    assert importances([replace(trial, value=0.5) for trial in made(0)], 0).found == ()


def test_a_space_of_one_hyperparameter() -> None:
    trials = [replace(t, params={"lr": t.params["lr"]}) for t in made(1, effect=0.8)]
    (only,) = importances(trials, 0).found
    assert only.distinct
    assert only.share < 1


def test_what_does_not_vary_explains_nothing() -> None:
    trials = [replace(t, params={**t.params, "dropout": 0.1}) for t in made(1)]
    (fixed,) = (one for one in importances(trials, 0).found if one.name == "dropout")
    assert (fixed.share, fixed.distinct) == (0, False)


def split(seed: int, sgd: int, adam: int, effect: float) -> list[TrialResult]:
    """Trials on two branches, each with a learning rate of its own, which matters on sgd alone."""
    trials = [(t, "sgd") for t in made(seed, sgd, effect)]
    trials += [(replace(t, number=t.number + sgd), "adam") for t in made(seed + 1000, adam)]
    return [
        replace(t, params={"optimizer": branch, f"{branch}.lr": t.params["lr"]})
        for t, branch in trials
    ]


def test_a_branchs_hyperparameters_are_judged_among_its_own_trials() -> None:
    """What matters on one branch is found there; the basis says what was computed on what."""
    found, basis = importances(split(0, 54, 40, effect=0.8), 0)
    distinct = {one.name: one.distinct for one in found}
    assert distinct.keys() == {"optimizer", "sgd.lr", "adam.lr"}
    assert (distinct["sgd.lr"], distinct["adam.lr"]) == (True, False)
    assert basis.startswith(
        "94 complete trials of different configurations (sgd.lr on the 54 that have it;"
        " adam.lr on the 40 that have it); the share of"
    )


def test_a_branch_of_few_trials_has_none() -> None:
    found, basis = importances(split(0, 54, LEAST - 1, effect=0.8), 0)
    assert {one.name for one in found} == {"optimizer", "sgd.lr"}
    assert "adam.lr on the 29 that have it, and 30 are needed); the share" in basis


@pytest.mark.slow
def test_noise_on_branches_rarely_stands_out() -> None:
    """However many branches are judged: two in a hundred are expected, and six are improbable."""
    studies = [importances(split(seed, 40, 40, effect=0.0), seed).found for seed in range(100)]
    assert all(len(found) == 3 for found in studies)
    assert sum(any(one.distinct for one in found) for found in studies) <= 6


@pytest.mark.parametrize(
    "extra",
    [{"duplicate_of": 0}, {"state": "pruned"}, {"value": None}, {"value": float("inf")}],
)
def test_what_does_not_count(extra: dict[str, object]) -> None:
    """Repeated configurations, pruned trials, and those without a score."""
    trials = made(2)
    more = [replace(t, **{"number": t.number + 100, **extra}) for t in trials]  # type: ignore[arg-type]
    assert importances([*trials, *more], 0) == importances(trials, 0)
