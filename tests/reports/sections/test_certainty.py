"""How sure the answer is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neumf.metrics import METRICS
from reports.page import render
from reports.sections import certainty
from studies.results.confirmation import confirm
from studies.results.side_by_side import side_by_side
from studies.results.study_result import StudyResult
from tests.reports import confirmed
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import complete, plausible, tiny
from tests.reports.reader import said


def test_a_study_that_was_not_confirmed_has_nothing_to_be_sure_of() -> None:
    assert certainty.section(tiny(complete(0, 0.4))) is None


def test_what_more_trials_may_bring_is_told_before_anything_is_confirmed() -> None:
    page = said(render(plausible(60)))
    assert "Another 50 trials may be expected to raise the best value of the search by" in page
    assert "guessed from the jitter between late epochs" in page


def test_every_seed_is_a_dot_and_every_mean_has_its_interval() -> None:
    found = confirm(confirmed.wins())
    assert found is not None
    figure = certainty.draw_seeds(found, "nDCG@10")
    assert figure is not None
    means, seeds = figure.data
    assert means.x == tuple(entry.mean.mean for entry in found.entries)
    assert means.error_x.array == tuple(e.mean.high - e.mean.mean for e in found.entries)
    assert len(seeds.x) == 9
    values = [run.metrics["expected"]["nDCG@10"] for e in found.entries for run in e.runs]
    assert seeds.x == tuple(values)


def test_what_the_search_promised_is_held_against_the_same_way_of_measuring() -> None:
    found = confirm(confirmed.wins())
    assert found is not None
    figure = certainty.draw_promised(found, "nDCG@10")
    assert figure is not None
    by_name = {trace.name: trace for trace in figure.data if trace.name}
    assert by_name["the search's value"].x == (0.43, 0.33, 0.30)
    sampled = [entry.sampled.mean for entry in found.entries if entry.sampled]
    assert by_name["mean of fresh seeds"].x == tuple(sampled)


def test_a_pruned_starting_point_has_no_value_to_be_held_against() -> None:
    study = confirmed.wins()
    trials = [replace(trial, state="pruned", value=None) for trial in study.trials]
    found = confirm(replace(study, trials=tuple(trials)))
    assert found is not None
    assert certainty.draw_promised(found, "nDCG@10") is None


@pytest.mark.parametrize("study", [confirmed.wins(), confirmed.unopened()])
def test_every_model_has_every_metric_in_every_way(study: StudyResult) -> None:
    found = side_by_side(study, confirm(study))
    assert found is not None
    assert found.part == ("test" if study.opening else "validation")
    assert found.ways == ("sampled", "expected", "catalogue")
    assert len(found.models) == 7
    for model in found.models:
        assert all(model.estimates[way].keys() == METRICS.keys() for way in found.ways)
    page = render(study)
    for name in METRICS:
        assert page.count(f'<th scope="col" class="number">{name}</th>') >= 3


def test_ways_that_disagree_about_the_best_model_are_told() -> None:
    """And ways that agree, and one way alone needs no word."""
    found = side_by_side(confirmed.wins(), None)
    assert found is not None
    assert certainty.leaders(found) == "all ways of measuring put NeuMF first on test"
    first, *_, last = found.models
    turned = replace(last, estimates={**last.estimates, "catalogue": first.estimates["sampled"]})
    told = certainty.leaders(replace(found, models=(first, turned)))
    assert told.startswith("the ways of measuring disagree about the best model on test: NeuMF")
    assert told.endswith(f"{last.name} is first among the whole catalogue")
    one = side_by_side(confirmed.catalogue_only(), None)
    assert one is not None
    assert certainty.leaders(one) == ""


def test_seeds_that_failed_are_told_with_their_reason() -> None:
    assert "1 failed: loss is not a number at epoch 1" in said(render(AWKWARD["half confirmed"]))


def test_a_record_without_a_metric_is_an_error_of_the_record() -> None:
    """A damaged database is told as one, and not as a template's mistake."""
    study = confirmed.wins()
    assert study.opening is not None
    chosen, *others = study.opening.models
    estimates = {
        way: {name: one for name, one in found.items() if name != "nDCG@5"}
        for way, found in chosen.estimates.items()
    }
    opening = replace(study.opening, models=(replace(chosen, estimates=estimates), *others))
    with pytest.raises(LookupError, match="nDCG@5"):
        render(replace(study, opening=opening))
