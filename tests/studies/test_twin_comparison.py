"""What is told of a NeuMF's halves: means over seeds, paired differences, and what they allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from neumf.hyperparameters import Configuration
from neumf.seeds import derive, trial_seed
from neumf.training.loop import train
from neumf.twins import twins_of
from studies.results.study_result import StudyResult, TrialResult, TwinRun
from studies.results.twins import Comparison, Contribution, compare
from tests.worlds import blocks, problem_of

CHOSEN = Configuration(predictive_factors=16, mlp_layers=2)
MADE = StudyResult("made", "", {}, {}, "nDCG@10", ())


def complete(configuration: Configuration, value: float = 0.5) -> TrialResult:
    return TrialResult(3, "complete", {}, value, configuration=configuration.asdict())


def ended(configuration: Configuration, seed_number: int, value: float | None) -> TwinRun:
    reason = "loss nan in epoch 1" if value is None else None
    return TwinRun(configuration.asdict(), seed_number, 7, value, 1, 1, 0.5, reason)


def study_of(*values: Sequence[float | None], chosen: Configuration = CHOSEN) -> StudyResult:
    """The chosen model and its twins with these values, by seed number."""
    models = [chosen, *(twin.configuration for twin in twins_of(chosen))]
    runs = [
        ended(model, seed_number, value)
        for model, by_seed in zip(models, values, strict=False)
        for seed_number, value in enumerate(by_seed, 1)
    ]
    return replace(MADE, trials=(complete(chosen),), twins=tuple(runs))


def compared(*values: list[float | None]) -> Comparison:
    comparison = compare(study_of(*values))
    assert comparison is not None
    return comparison


def test_means_and_the_interval_of_the_paired_difference() -> None:
    """Student's t over the seeds, as a one-sample test of the differences has it."""
    whole, gmf, mlp = [0.42, 0.43, 0.41, 0.44], [0.41, 0.40, 0.41, 0.42], [0.30, 0.31, 0.32, 0.30]
    found = compared(list(whole), list(gmf), list(mlp))
    assert (found.trial.number, found.trial.value) == (3, 0.5)
    assert [model.name for model in found.models] == ["NeuMF", "GMF alone", "MLP alone"]
    assert [model.mean for model in found.models] == pytest.approx([0.425, 0.41, 0.3075])
    assert found.chosen.deviation == pytest.approx(np.std(whole, ddof=1))
    for twin, values in zip(found.twins, (gmf, mlp), strict=True):
        differences = np.subtract(whole, values)
        expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
        assert twin.contribution.mean == pytest.approx(differences.mean())
        assert twin.contribution.interval == pytest.approx(tuple(expected))


@pytest.mark.parametrize(
    ("gmf", "verdict", "sentence"),
    [
        ([0.40, 0.41, 0.40], "adds", "the MLP adds 20 [20, 20]"),
        ([0.44, 0.45, 0.44], "takes away", "the MLP adds -20 [-20, -20]: it takes away"),
        (
            *([0.40, 0.43, 0.43], "cannot be told"),
            "the MLP adds 3 [-35, 41], which 3 seeds cannot tell from nothing",
        ),
        (
            *([0.42, 0.43, 0.42], "cannot be told"),
            "the MLP adds 0 [0, 0], which 3 seeds cannot tell from nothing",
        ),
        ([0.1], "cannot be told", "the MLP adds 320, which one seed cannot tell from nothing"),
        ([], "cannot be told", "what the MLP adds is unknown: no seed has both values"),
    ],
)
def test_the_verdict_is_the_intervals(gmf: list[float | None], verdict: str, sentence: str) -> None:
    """The part adds or takes away only where 0 is outside."""
    found = compared([0.42, 0.43, 0.42], gmf).twins[0].contribution
    assert (found.part, found.verdict) == ("the MLP", verdict)
    assert found.sentence(lambda value: str(round(1000 * value))) == sentence


def test_a_seed_that_failed_is_in_no_pair() -> None:
    """Nor one that only one of the two was trained with."""
    found = compared([0.4, None, 0.5, 0.6], [0.3, 0.3, 0.45, None], [None, None])
    gmf, mlp = found.twins
    assert gmf.contribution.differences == pytest.approx((0.1, 0.05))
    assert found.chosen.values == (0.4, 0.5, 0.6)
    assert (mlp.values, mlp.mean, mlp.contribution.mean) == ((), None, None)
    assert mlp.failures == ("loss nan in epoch 1",) * 2


def test_runs_are_paired_by_seed_in_whatever_order_they_ended() -> None:
    study = study_of([0.4, 0.5, 0.6], [0.3, 0.35, 0.5])
    for order in ([5, 1, 3, 0, 2, 4], [0, 5, 4, 3, 2, 1]):
        found = compare(replace(study, twins=tuple(study.twins[n] for n in order)))
        assert found is not None
        assert found.twins[0].contribution.differences == pytest.approx((0.1, 0.15, 0.1))


def test_there_is_nothing_to_compare() -> None:
    """Without runs, with runs of an earlier best only, and where the best is half a model."""
    study = study_of([0.4], [0.3], [0.2])
    assert compare(replace(study, twins=())) is None
    assert compare(replace(study, trials=())) is None
    other = complete(replace(CHOSEN, lr=0.02))
    assert compare(replace(study, trials=(other,))) is None
    assert compare(study_of([0.4], chosen=replace(CHOSEN, mlp_layers=0))) is None


def test_json_says_what_the_summary_says() -> None:
    found = compared([0.4, 0.5], [0.3, None]).as_json()
    assert found["trial"] == 3
    assert found["searched"] == 0.5
    assert list(found["models"]) == ["NeuMF", "GMF alone", "MLP alone"]
    assert found["models"]["NeuMF"] == {
        "values": {"1": 0.4, "2": 0.5},
        "failures": {},
        "mean": pytest.approx(0.45),
        "sd": pytest.approx(0.0707, abs=1e-4),
    }
    assert found["models"]["GMF alone"] == {
        "values": {"1": 0.3},
        "failures": {"2": "loss nan in epoch 1"},
        "mean": 0.3,
        "sd": None,
        "lacks": {
            "part": "the MLP",
            "seeds": 1,
            "mean": pytest.approx(0.1),
            "interval": None,
            "verdict": "cannot be told",
        },
    }


def mlp_in(n_blocks: int, **halves: Any) -> Contribution:
    """What the MLP of a model adds, really trained on so many groups of users and items."""
    chosen = Configuration(dropout=0.0, lr=0.02, batch_size=64, epochs=12, patience=12, **halves)
    problem = problem_of(blocks(n_blocks))

    def value(configuration: Configuration, seed: int) -> float:
        *_, last = train(problem, configuration, trial_seed(derive(0, seed), configuration))
        return last.best.value

    models = [chosen, twins_of(chosen)[0].configuration]
    study = study_of(*([value(m, seed) for seed in range(10)] for m in models), chosen=chosen)
    found = compare(study)
    assert found is not None
    return found.twins[0].contribution


def test_an_mlp_that_is_needed_is_told() -> None:
    """One factor cannot hold four groups of users apart, so the MLP must."""
    needed = mlp_in(4, predictive_factors=4, gmf_factors=1, mlp_layers=3)
    assert needed.verdict == "adds"
    assert needed.mean is not None
    assert needed.mean > 0.1


def test_an_mlp_that_is_not_needed_adds_nothing() -> None:
    """Two groups leave sixteen factors nothing to add."""
    idle = mlp_in(2, predictive_factors=4, gmf_factors=16, mlp_layers=1, init_std=0.1)
    assert idle.mean is not None
    assert abs(idle.mean) < 0.04
    assert idle.verdict == "cannot be told"


def test_the_best_of_several_epochs_is_not_held_against_a_single_one() -> None:
    """A partner of noise would come out ahead too: the number is told, no verdict on it. What lies
    behind in spite of it takes away."""
    ahead, behind = (0.003, 0.002, 0.0025), (-0.003, -0.002, -0.0025)
    assert Contribution("the MLP", ahead).verdict == "adds"
    unfair = Contribution("the MLP", ahead, fair=False)
    assert unfair.verdict == "cannot be told"
    assert unfair.sentence("{:+.3f}".format) == (
        "the MLP adds +0.003 [+0.001, +0.004], some of which comes from choosing its best epoch"
    )
    assert Contribution("the MLP", behind, fair=False).verdict == "takes away"
