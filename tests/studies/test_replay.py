"""A replay beside what was stored: each difference is found, and only what may be is excused."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from neumf.errors import UserError
from neumf.metrics import METRICS, OBJECTIVE
from neumf.training.divergence import Diverged, check_loss, is_divergence
from studies.ledger.job import EpochResult
from studies.results.replay import (
    Comparison,
    Difference,
    Tolerance,
    causes,
    compare_end,
    compare_epoch,
    subject,
    tolerance,
)
from studies.results.study_result import StudyResult, TrialResult
from tests.studies.synthetic import results

CURVE = [0.1, 0.3, 0.2]
VERSIONS = {"numba": "1", "torch": "2", "optuna": "5", "processor": "x", "system": "here"}
LISTS = 100
WHY = ("processor was x, is y",)
ALLOWED = Tolerance(0.01, 0.01)
SESSION = {"engine": "fused", "device": "cpu", "versions": VERSIONS}


def stored(state: str = "complete", **facts: Any) -> TrialResult:
    """A trial as stored, whose replay is ``results(CURVE)``."""
    epochs = results(CURVE)
    counts = epochs[-1]
    if state == "complete":
        counts = epochs[counts.best_epoch - 1]
        facts = {"value": counts.best_value, "best_epoch": counts.number, **facts}
    whole = {
        "curve": tuple(enumerate(CURVE, 1)),
        "losses": tuple(epoch.loss for epoch in epochs),
        "metrics": counts.metrics,
        "engine": "fused",
        "update": "dense",
        "parameters": counts.parameters,
        "session": 0,
        **facts,
    }
    return TrialResult(3, state, {"lr": 0.1}, **whole)


def of(*trials: TrialResult, **facts: Any) -> StudyResult:
    whole = {"sessions": (SESSION,), **facts}
    return StudyResult("mine", "", {}, {}, OBJECTIVE.name, trials, **whole)


def compared(trial: TrialResult, epochs: list[EpochResult], **facts: Any) -> Comparison:
    found = [difference for epoch in epochs for difference in compare_epoch(trial, epoch)]
    found += compare_end(trial, epochs, None)
    return Comparison(trial, len(epochs), 0, tuple(found), **facts)


def test_nothing_differs_from_itself() -> None:
    for state in ("complete", "pruned", "interrupted"):
        assert compared(stored(state=state), results(CURVE)).differences == ()


@pytest.mark.parametrize(
    ("fact", "what"),
    [
        ({"curve": ((1, 0.1), (2, math.nextafter(0.3, 1)), (3, 0.2))}, "nDCG@10 of epoch 2"),
        ({"losses": (1.0, 0.5, math.nextafter(1 / 3, 0))}, "loss of epoch 3"),
        ({"value": math.nextafter(0.3, 0)}, "value"),
        ({"best_epoch": 3}, "best epoch"),
        ({"metrics": {"HR@10": math.nextafter(0.15, 0)}}, "HR@10 of the epoch that counts"),
        ({"alpha": 0.5}, "alpha"),
        ({"update": "lazy"}, "update"),
        ({"parameters": 1235}, "number of parameters"),
        ({"curve": ((1, 0.1), (2, 0.3))}, "number of epochs"),
    ],
)
def test_one_fact_that_differs_is_the_first_difference(fact: dict[str, Any], what: str) -> None:
    """By the last bit."""
    comparison = compared(stored(**fact), results(CURVE))
    assert comparison.first is not None
    assert comparison.first.what == what
    assert not comparison.is_equal
    assert what in comparison.sentence()


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_compared(name: str) -> None:
    trial = stored()
    trial = replace(trial, metrics={**trial.metrics, name: -1.0})
    assert any(
        name in difference.what for difference in compared(trial, results(CURVE)).differences
    )


def test_a_failure_is_part_of_the_result() -> None:
    """The same one is equal; another, none, and one that is new are not."""
    trial = stored(state="failed", reason="loss nan in epoch 4")
    epochs = results(CURVE)
    assert compare_end(trial, epochs, "loss nan in epoch 4") == ()
    for failure in (None, "loss 21 in epoch 4"):
        assert [one.what for one in compare_end(trial, epochs, failure)] == ["failure"]
    (new,) = compare_end(stored(), epochs, "loss nan in epoch 4")
    assert (new.stored, new.replayed) == (None, "loss nan in epoch 4")


def test_what_diverged_is_told_from_what_the_machine_did() -> None:
    for loss in (math.nan, math.inf, 20.5):
        for of_what in ("", "the GMF trained apart: "):
            with pytest.raises(Diverged) as error:
                check_loss(loss, 12, of_what)
            assert is_divergence(str(error.value))
    assert not is_divergence("worker died (killed by signal 9), 2 times")
    assert not is_divergence("out of memory")


class TestSubject:
    """The trial that is trained again."""

    def test_itself(self) -> None:
        trial = stored()
        assert subject(of(trial), 3) == (trial, "")

    def test_a_duplicate_leads_to_its_original(self) -> None:
        trial = stored()
        copy = replace(trial, number=7, duplicate_of=3)
        found, note = subject(of(trial, copy), 7)
        assert found is trial
        assert "trial 3 is replayed" in note

    @pytest.mark.parametrize(
        ("trial", "line"),
        [
            (TrialResult(3, "waiting", {}), "trial 3 is waiting: it has not been trained yet"),
            (stored(state="running"), "trial 3 is running, or its search was killed"),
            (TrialResult(3, "interrupted", {}, reason="x"), "before its first epoch"),
            (TrialResult(3, "failed", {}, reason="out of memory"), "(failed: out of memory)"),
        ],
    )
    def test_what_has_nothing_to_compare_is_refused(self, trial: TrialResult, line: str) -> None:
        with pytest.raises(UserError) as error:
            subject(of(trial), 3)
        assert line in str(error.value)

    def test_an_unknown_number_is_told_the_range(self) -> None:
        with pytest.raises(UserError, match="trial 4: study 'mine' has trials 3 to 3"):
            subject(of(stored()), 4)
        with pytest.raises(UserError, match="has no trials yet"):
            subject(of(), 0)

    def test_what_is_lost_with_a_machine_is_said_to_be_left_out(self) -> None:
        trial = stored(state="failed", reason="worker died (killed by signal 9), 2 times")
        assert "only its epochs are replayed" in subject(of(trial), 3).note
        assert subject(of(stored(state="failed", reason="loss nan in epoch 4")), 3).note == ""

    def test_a_divergence_in_the_first_epoch_can_be_replayed(self) -> None:
        trial = TrialResult(3, "failed", {}, reason="loss nan in epoch 1")
        assert subject(of(trial), 3).trial is trial


class TestCauses:
    """Why bits may differ."""

    def test_none_where_all_is_as_it_was(self) -> None:
        assert causes(of(), stored(), "fused", "cpu", VERSIONS) == ()

    @pytest.mark.parametrize(
        ("engine", "versions", "found"),
        [
            ("fused", {"processor": "y"}, ("processor was x, is y",)),
            ("fused", {"torch": "3", "optuna": "6", "system": "there"}, ()),
            ("torch", {"torch": "3"}, ("engine was fused, is torch", "torch was 2, is 3")),
        ],
    )
    def test_what_takes_part_in_training(
        self, engine: str, versions: dict[str, str], found: tuple[str, ...]
    ) -> None:
        assert causes(of(), stored(), engine, "cpu", VERSIONS | versions) == found

    def test_an_older_study_has_not_recorded_it(self) -> None:
        """Nor one whose trial's session is unknown."""
        for study in (of(sessions=({},)), of(sessions=())):
            found = causes(study, stored(), "fused", "cpu", {"processor": "y"})
            assert "processor was not recorded, is y" in found

    def test_a_gpu_never_repeats_exactly(self) -> None:
        session = {**SESSION, "device": "cuda"}
        (found,) = causes(
            of(sessions=(session,)), stored(engine="torch"), "torch", "cuda", VERSIONS
        )
        assert tolerance([found], LISTS) == tolerance(["engine was a, is b"], LISTS)

    def test_other_draws_have_a_larger_tolerance_than_rounding(self) -> None:
        """And more lists a smaller one: what is compared is their mean."""
        assert tolerance([], LISTS) is None
        rounding = tolerance(["processor was x, is y"], LISTS)
        draws = tolerance(["processor was x, is y", "engine was fused, is torch"], LISTS)
        more = tolerance(["processor was x, is y"], 4 * LISTS)
        assert rounding is not None
        assert draws is not None
        assert more is not None
        assert draws.objective > rounding.objective == pytest.approx(2 * more.objective)
        assert draws.loss > rounding.loss


class TestTolerance:
    """It holds only where there is a cause."""

    def test_a_small_difference_is_excused_by_a_cause_alone(self) -> None:
        trial = stored(curve=((1, 0.1), (2, 0.3 - ALLOWED.objective / 2), (3, 0.2)))
        excused = compared(trial, results(CURVE), causes=WHY, tolerance=ALLOWED)
        assert excused.is_equal
        assert not excused.is_exact
        assert "within tolerance" in excused.sentence()
        assert WHY[0] in excused.sentence()
        assert not compared(trial, results(CURVE)).is_equal

    def test_a_large_one_is_not(self) -> None:
        trial = stored(curve=((1, 0.1), (2, 0.3 - 1.1 * ALLOWED.objective), (3, 0.2)))
        found = compared(trial, results(CURVE), causes=WHY, tolerance=ALLOWED)
        assert not found.is_equal
        assert found.sentence().startswith("beyond the tolerance: nDCG@10 of epoch 2: stored")

    def test_which_epoch_is_the_best_turns_on_the_last_bit(self) -> None:
        found = compared(stored(best_epoch=3), results(CURVE), causes=WHY, tolerance=ALLOWED)
        assert found.is_equal

    def test_a_loss_counts_as_a_share(self) -> None:
        difference = Difference("loss of epoch 1", 0.5, 0.51, "loss")
        assert difference.size == pytest.approx(0.02)

    def test_equal_bits_elsewhere_are_said_to_be_equal(self) -> None:
        found = Comparison(stored(), 3, 3, causes=("numba was 1, is 2",))
        assert found.sentence() == "3 of 3 epochs equal to the last bit, though numba was 1, is 2"
