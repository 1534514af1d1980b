"""Models measured over fresh seeds: means, paired differences, and what is stored of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import optuna
import pytest
from optuna.storages import InMemoryStorage

from neumf.baselines.catalogue import BASELINES
from neumf.baselines.tuning import Tried, Tuned
from neumf.metrics import METRICS
from studies.ledger.ledger import Ledger
from studies.results.measured import model_of
from studies.results.measured_readback import read_baselines
from studies.storage import record
from studies.storage.baselines import read_tried, store_refusal, store_tried, store_tuned
from studies.storage.facts import of_study
from tests.studies.measured_worlds import (
    SAMPLED,
    VARIED,
    alike,
    jittered,
    measured,
    measurement,
    neumf,
    run,
)
from tests.studies.synthetic import DATA, define


def test_a_mean_is_over_seeds_and_users() -> None:
    """Rank 1 for all under one seed and rank 3 under the other: between 1 and a half."""
    found = neumf([alike(1), alike(3)]).estimate("catalogue")
    assert found.mean == pytest.approx(0.75)
    assert found.seeds == 2
    hits = neumf([alike(1), alike(3)]).estimate("catalogue", METRICS["HR@1"])
    assert hits.mean == 0.5


def test_an_interval_of_gains_lies_between_0_and_1() -> None:
    """However wide two seeds that differ make it."""
    found = neumf([alike(1), alike(50)]).estimate("catalogue")
    assert (found.low, found.high) == (0.0, 1.0)


def test_every_metric_is_estimated_in_every_way() -> None:
    model = neumf([VARIED, jittered(VARIED, 1)], sizes=SAMPLED)
    assert list(model.estimates("sampled")) == list(METRICS)
    sampled, expected, catalogue = (
        model.estimate(way).mean for way in ("sampled", "expected", "catalogue")
    )
    assert sampled == catalogue, "made up so: the drawn ones are all above"
    assert expected > catalogue


def test_a_difference_is_paired_by_seed_and_user() -> None:
    """Seeds that move two models alike cancel out; so do users. Turned round, the sign turns."""
    base = [VARIED, VARIED + 3, VARIED + 1]
    one, other = neumf(base), neumf([ranks + 1 for ranks in base])
    ahead = one.ahead_of(other, "catalogue")
    means = one.estimate("catalogue").mean - other.estimate("catalogue").mean
    assert ahead.mean == pytest.approx(means)
    assert ahead.low > 0
    behind = other.ahead_of(one, "catalogue")
    assert [behind.mean, behind.low, behind.high] == pytest.approx(
        [-ahead.mean, -ahead.high, -ahead.low]
    )
    same = one.ahead_of(neumf(base), "catalogue")
    assert (same.mean, same.is_told) == (0.0, False)


def test_a_model_without_chance_is_compared_with_every_seed() -> None:
    """Its one measurement would be the same under each."""
    several = [jittered(VARIED, n) for n in range(4)]
    fixed = neumf([VARIED + 2])
    found = neumf(several).ahead_of(fixed, "catalogue")
    assert found == neumf(several).ahead_of(neumf([VARIED + 2] * 4), "catalogue")
    assert found.seeds == 4
    assert fixed.ahead_of(neumf(several), "catalogue").mean == pytest.approx(-found.mean)


def test_only_seeds_that_both_have_are_compared() -> None:
    """What failed under one seed says nothing of it."""
    one = neumf([VARIED, alike(1), VARIED])
    found = one.ahead_of(neumf([VARIED, "loss nan", VARIED]), "catalogue")
    assert (found.mean, found.seeds) == (0.0, 2)


def test_failed_runs_are_no_measurements() -> None:
    found = measured({3: [VARIED, "loss nan", VARIED]})
    assert list(model_of(found, 3, "three").measurements) == [1, 3]
    assert [run.reason for run in found.of(3)] == [None, "loss nan", None]


def test_all_is_done_when_every_planned_run_has_its_result() -> None:
    """Of the last plan: what another plan left does not count, nor does it harm."""
    full = measured({0: [VARIED] * 3, 1: [VARIED] * 3})
    assert full.is_complete
    assert not replace(full, seeds=4).is_complete
    assert not replace(full, trials=(0, 1, 2)).is_complete
    assert replace(full, trials=(1,), seeds=2).is_complete
    assert not replace(full, runs=full.runs[:-1]).is_complete


def test_the_searchs_noise_is_told_by_the_lists_it_ranks() -> None:
    """Of each planned configuration the objective as a search has it; none of one that failed."""
    metrics = [{"sampled": {"nDCG@10": x}, "expected": {"nDCG@10": 9.0}} for x in (0.1, 0.2)]
    runs = (
        run(4, 2, VARIED, metrics=metrics[1]),
        run(4, 1, VARIED, metrics=metrics[0]),
        run(5, 1, "loss nan"),
        run(6, 1, VARIED, metrics=metrics[0]),
    )
    made = replace(measured({4: [], 5: []}, sizes=SAMPLED, seeds=1), runs=runs)
    assert made.search_values == [[0.1, 0.2]]


@pytest.fixture
def storage() -> InMemoryStorage:
    storage = InMemoryStorage()
    Ledger(storage, define(1), DATA)
    return storage


def test_baselines_are_read_back_as_they_were_tuned(storage: InMemoryStorage) -> None:
    """On the lists of the confirmed runs, the refused one with its reason and nothing measured."""
    ease, ials = BASELINES["ease"], BASELINES["ials"]
    found = measurement(VARIED, SAMPLED)
    store_tuned(storage, "made", ease, Tuned("ease", {"l2": 300.0}, found, 0.4, (), 1.5))
    store_refusal(storage, "made", ials, "needs more memory")
    stored = of_study(optuna.load_study(study_name="made", storage=storage))[record.BASELINES]
    confirmed = measured({0: [VARIED] * 2}, sizes=SAMPLED)
    one, two = read_baselines(stored, confirmed)
    assert (one.name, one.label, one.hyperparameters) == ("ease", ease.label, {"l2": 300.0})
    assert one.refusal is None
    np.testing.assert_array_equal(one.model.measurements[1].catalogue, found.catalogue)
    assert one.model.estimate("expected") == neumf([VARIED], sizes=SAMPLED).estimate("expected")
    assert (two.name, two.refusal, two.model.measurements) == ("ials", "needs more memory", {})
    assert read_baselines(stored, None) == ()


def test_what_another_version_tried_is_not_kept(
    storage: InMemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its numbers are not compared with this one's, nor is it known what it stored with them."""
    ease = BASELINES["ease"]
    store_tried(storage, "made", ease, [Tried(ease.grid[0], 0.1, 2.0)])
    assert len(read_tried(storage, "made", ease)) == 1
    monkeypatch.setattr(record, "versions", lambda: {"neumf-search": "99"})
    assert read_tried(storage, "made", ease) == ()


def test_what_was_tried_of_a_grid_is_kept(storage: InMemoryStorage) -> None:
    """Of the baseline that is being tuned: for another one, or where the grid has become another,
    there is nothing."""
    ease, ials = BASELINES["ease"], BASELINES["ials"]
    assert read_tried(storage, "made", ease) == ()
    tried = [Tried(point, 0.1 + n, 2.0) for n, point in enumerate(ease.grid[:3])]
    for n in range(1, 4):
        store_tried(storage, "made", ease, tried[:n])
        assert read_tried(storage, "made", ease) == tuple(tried[:n])
    assert read_tried(storage, "made", ials) == ()
    store_tried(storage, "made", ease, [Tried(ease.grid[1], 0.1, 2.0)])
    assert read_tried(storage, "made", ease) == ()
    store_tried(storage, "made", ials, [Tried(ials.grid[0], 0.1, 2.0)])
    assert read_tried(storage, "made", ease) == ()
    more = [Tried(point, 0.1, 2.0) for point in (*ials.grid, ials.grid[0])]
    store_tried(storage, "made", ials, more)
    assert read_tried(storage, "made", ials) == ()
