"""What the test split said, as a record: it keeps every digit, and draws the right conclusion."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import optuna
import pytest
from optuna.storages import InMemoryStorage

from neumf.arrays import Ints
from studies.ledger.ledger import Ledger
from studies.results.intervals import Estimate
from studies.results.opening import NEUMF, Earlier, Opening, Plan, verdict_of
from studies.results.opening import tested as as_tested
from studies.results.readback import earlier_openings, results_of
from studies.results.study_result import TrialResult
from studies.results.wording import difference, sentence, with_interval
from studies.storage.opening import store_opening, store_plan
from tests.studies.measured_worlds import (
    SAMPLED,
    VARIED,
    alike,
    jittered,
    neumf,
    opening,
    plan,
    study,
)
from tests.studies.synthetic import DATA, define, finish

MINE = [jittered(VARIED, n) for n in range(5)]


def test_the_paired_interval_gives_the_verdict() -> None:
    """An interval that touches 0 tells nothing."""
    assert verdict_of(Estimate(0.1, 0.01, 0.19, 5)) == "ahead"
    assert verdict_of(Estimate(-0.1, -0.19, -0.01, 5)) == "behind"
    for low, high in ((-0.1, 0.3), (0.0, 0.2), (-0.2, 0.0), (-math.inf, math.inf)):
        assert verdict_of(Estimate(0.1, low, high, 5)) == "level"


@pytest.mark.parametrize(
    ("ranks", "verdict", "words"),
    [
        (VARIED + 2, "ahead", "NeuMF is ahead (+"),
        (alike(1), "behind", "NeuMF is behind (-"),
        (VARIED, "level", "they cannot be told apart ("),
    ],
)
def test_neumf_stands_against_the_best_baseline(ranks: Ints, verdict: str, words: str) -> None:
    """Whichever is the best on the test split itself, which is in its favour; starting points are
    no baselines, though they are better than all."""
    others = {
        "notebook": neumf([alike(1)] * 5, "notebook"),
        "popularity": neumf([alike(60)], "popularity"),
        "ease": neumf([ranks], "EASE^R"),
        "ials": neumf([alike(90)] * 5, "iALS"),
    }
    found = opening(neumf(MINE), others)
    assert found.best_baseline is not None
    assert found.best_baseline.name == "ease"
    assert found.verdict == verdict
    told = sentence(found)
    assert words in told
    assert "EASE^R, the best of the simple models there, has" in told
    assert "on test, opened once, the chosen NeuMF (trial 1) has nDCG@10" in told
    assert "the mean of 5 seeds, among the whole catalogue" in told
    assert "\n" not in told


def test_without_baselines_there_is_no_verdict() -> None:
    """All were refused: the sentence says so."""
    found = opening(neumf(MINE), {"notebook": neumf([alike(1)] * 5, "notebook")})
    assert (found.best_baseline, found.verdict) == (None, None)
    assert sentence(found).endswith("no simple model was measured beside it")


def test_the_record_survives_storage_to_the_last_digit() -> None:
    """Through JSON, as Optuna's databases keep it; infinite bounds too."""
    found = opening(neumf(MINE, sizes=SAMPLED), {"ials": neumf(MINE[::-1], "iALS", SAMPLED)})
    apart = Estimate(0.1, -math.inf, math.inf, 0)
    unknown = replace(found.models[1], ahead=dict.fromkeys(("sampled", "expected"), apart))
    for record in (found, replace(found, models=(found.models[0], unknown))):
        assert Opening.of_attribute(json.loads(json.dumps(record.as_attribute()))) == record
    assert found.neumf.ahead is None
    assert found.neumf.name == NEUMF
    assert list(found.neumf.estimates) == ["sampled", "expected", "catalogue"]
    assert found.way == "expected"
    assert found.model("ials") == found.models[1]
    assert found.model("ease") is None


def test_it_is_written_once() -> None:
    """A second record would be a second look at the test split."""
    storage = InMemoryStorage()
    finish(Ledger(storage, define(2), DATA))
    record = opening(neumf(MINE), {"ease": neumf([VARIED + 2], "EASE^R")})
    store_plan(storage, "made", plan())
    store_opening(storage, "made", record)
    with pytest.raises(AssertionError):
        store_plan(storage, "made", plan(2))
    with pytest.raises(AssertionError):
        store_opening(storage, "made", record)
    found = results_of(optuna.load_study(study_name="made", storage=storage))
    assert (found.opening_plan, found.opening) == (plan(), record)


@pytest.mark.parametrize(
    ("split", "seed", "source", "told"),
    [
        ("leave-one-out", 0, "same", True),
        ("leave-one-out", 1, "same", True),  # which draws nothing
        ("leave-one-out", 0, "other", False),
        ("ratio", 0, "same", False),
    ],
)
def test_a_split_that_another_study_has_opened_is_told(
    split: str, seed: int, source: str, told: bool
) -> None:
    """By whom and when, in the sentence itself; the runs beside a study are no study."""
    storage = InMemoryStorage()
    Ledger(storage, define(2), {**DATA, "fingerprint": "same"})
    optuna.create_study(storage=storage, study_name="made/test")
    optuna.create_study(storage=storage, study_name="another program's")
    other = define(2, protocol={"split": split}, search={"seed": seed})
    other = other.model_copy(update={"name": "other"})
    Ledger(storage, other, {**DATA, "fingerprint": source})
    mine, its = (
        results_of(optuna.load_study(study_name=name, storage=storage))
        for name in ("made", "other")
    )
    assert earlier_openings(storage, its) == ()
    store_plan(storage, "made", plan())
    earlier = earlier_openings(storage, its)
    assert earlier == ((Earlier("made", plan().opened),) if told else ())
    assert earlier_openings(storage, mine) == (), "its own is no other's"
    found = replace(opening(neumf(MINE), {}), opened_before=earlier)
    assert Opening.of_attribute(json.loads(json.dumps(found.as_attribute()))) == found
    words = "; this test split had been opened before, by made (2026-01-02)"
    assert sentence(found).endswith(words) == told


def test_what_an_older_version_has_opened_reads_as_before() -> None:
    """It did not look for other openings."""
    older = plan().as_attribute()
    del older["opened_before"]
    assert Plan.of_attribute(older) == plan()


def test_a_study_extended_after_the_opening_is_marked() -> None:
    """By the trials with a verdict that came after it, not those that run, wait or were lost."""
    opened = study(opening_plan=plan())
    assert opened.extended == 0
    assert study().extended == 0
    more = [TrialResult(10, state, {}) for state in ("running", "waiting", "interrupted")]
    assert replace(opened, trials=(*opened.trials, *more)).extended == 0
    verdicts = [TrialResult(10, state, {}) for state in ("complete", "pruned", "failed")]
    assert replace(opened, trials=(*opened.trials, *verdicts)).extended == 3


def test_a_model_is_compared_in_every_way_it_is_measured() -> None:
    chosen, other = neumf(MINE, sizes=SAMPLED), neumf([VARIED + 2], "EASE^R", SAMPLED)
    found = as_tested("ease", "EASE^R", other, chosen)
    assert found.ahead is not None
    for way, ahead in found.ahead.items():
        assert ahead == chosen.ahead_of(other, way)
        assert found.estimates[way]["HR@5"] == other.estimates(way)["HR@5"]
    assert found.ahead.keys() == found.estimates.keys()


def test_numbers_in_words() -> None:
    one = Estimate(0.41234, 0.4, 0.42499, 5)
    assert with_interval(one) == "0.4123 [0.4000, 0.4250]"
    assert difference(Estimate(-0.0031, -0.0066, 0.0004, 5)) == "-0.0031 [-0.0066, +0.0004]"
