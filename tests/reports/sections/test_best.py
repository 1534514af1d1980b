"""What the search saw in its best trial."""

from __future__ import annotations

from dataclasses import replace

from reports.page import render
from reports.sections import best
from reports.sections.best import Comparison
from studies.results.confirmation import confirm
from tests.reports import confirmed
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import EMPTY, complete, failed, pruned, tiny
from tests.reports.reader import said


def test_starting_points_are_compared_with_the_best() -> None:
    """One that failed or was pruned is shown, without a difference."""
    study = tiny(
        complete(0, 0.25, label="notebook"),
        replace(pruned(1, 0.2), label="He et al."),
        complete(2, 0.75),
    )
    assert best.comparisons(study) == (
        Comparison("notebook", 0, "complete", (0.45, 0.25, None), 0.5),
        Comparison("He et al.", 1, "pruned", (None, None, None), None),
    )


def test_a_starting_point_tried_again_counts_by_the_trial_that_completed() -> None:
    lost = replace(pruned(0, 0.2), state="interrupted", label="notebook")
    study = tiny(lost, complete(1, 0.25, label="notebook"))
    assert [(c.number, c.behind) for c in best.comparisons(study)] == [(1, 0.0)]


def test_metrics_of_the_best_at_every_cutoff() -> None:
    rows = best.metrics(complete(0, 0.25))
    assert [(row.kind, row.values) for row in rows] == [
        ("HR", (None, None, 0.45, None)),
        ("nDCG", (None, None, 0.25, None)),
        ("mAP", (None, None, None, None)),
    ]


def test_the_page_says_what_was_found() -> None:
    study = tiny(
        complete(0, 0.25, label="notebook"), complete(1, 0.5, label="mine"), complete(2, 0.75)
    )
    page = said(render(study))
    assert "The best of 3 trials, as the search saw it" in page
    assert "reached nDCG@10 0.7500 at epoch 2 of 2" in page
    assert "It beats notebook by 0.5000 and mine by 0.2500." in page
    assert "optimistic" in page
    assert "0.2500 – +0.5000" in page


def test_a_joined_model_tells_its_weight_and_whose_time_has_the_gmf() -> None:
    """The configuration only says that the weight was to be chosen."""
    joined = replace(complete(0, 0.25), alpha=0.85, pretrained="reused")
    page = said(render(tiny(joined)))
    assert (
        "joined with weight alpha = 0.85; an earlier trial had trained it, and has its time."
        in page
    )
    page = said(render(tiny(replace(joined, alpha=0.9, pretrained="trained"))))
    assert "joined with weight alpha = 0.9." in page
    assert "joined" not in said(render(tiny(complete(0, 0.25))))


def test_a_best_trial_does_not_beat_itself_or_its_equal() -> None:
    assert "It beats" not in said(render(AWKWARD["interrupted"]))
    equals = tiny(complete(0, 0.25, label="notebook"), complete(1, 0.25, label="mine"))
    assert "It beats" not in said(render(equals))


def test_the_luckiest_value_stands_beside_its_mean_over_fresh_seeds() -> None:
    """Measured as the search measures: like beside like."""
    study = confirmed.wins()
    entry = confirm(study)
    assert entry is not None
    first = entry.of(2)
    assert first is not None
    assert first.sampled is not None
    told = f"the same configuration has {first.sampled.mean:.4f}."
    assert f"Over 3 fresh seeds, measured the same way, {told}" in said(render(study))


def test_interrupted_trials_do_not_count() -> None:
    assert "The only trial" in said(render(AWKWARD["interrupted"]))


def test_a_study_without_a_result_says_so() -> None:
    failed_one = tiny(replace(failed(0), label="notebook"))
    assert "No trial is complete yet." in said(render(failed_one))
    assert best.section(EMPTY) is None


def test_mixed_engines_and_versions_are_told_where_the_score_is() -> None:
    """They are told with the result and again in the provenance, and nowhere if there are none."""
    study = AWKWARD["mixed"]
    assert study.mixtures
    page = said(render(study))
    for line in study.mixtures:
        assert page.count(line) == 2
    assert 'class="warnings"' not in render(AWKWARD["one"])
