"""What a person is told first."""

from __future__ import annotations

from dataclasses import replace

from reports.page import render
from reports.sections import result
from reports.sections.result import Comparison
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import EMPTY, complete, pruned, tiny
from tests.reports.reader import said


def test_starting_points_are_compared_with_the_best() -> None:
    """One that failed or was pruned is shown, without a difference."""
    study = tiny(
        complete(0, 0.25, label="notebook"),
        replace(pruned(1, 0.2), label="He et al."),
        complete(2, 0.75),
    )
    assert result.comparisons(study) == (
        Comparison("notebook", 0, "complete", (0.45, 0.25, None), 0.5),
        Comparison("He et al.", 1, "pruned", (None, None, None), None),
    )


def test_a_starting_point_tried_again_counts_by_the_trial_that_completed() -> None:
    lost = replace(pruned(0, 0.2), state="interrupted", label="notebook")
    study = tiny(lost, complete(1, 0.25, label="notebook"))
    assert [(c.number, c.behind) for c in result.comparisons(study)] == [(1, 0.0)]


def test_metrics_of_the_best_at_every_cutoff() -> None:
    rows = result.metrics(complete(0, 0.25))
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
    assert "The best of 3 trials" in page
    assert "nDCG@10, the objective 0.7500" in page
    assert "It beats notebook by 0.5000 and mine by 0.2500." in page
    assert "optimistic" in page
    assert "0.2500 – +0.5000" in page


def test_a_joined_model_tells_its_weight_and_whose_time_has_the_gmf() -> None:
    """The configuration only says that the weight was to be chosen."""
    best = replace(complete(0, 0.25), alpha=0.85, pretrained="reused")
    page = said(render(tiny(best)))
    assert (
        "joined with weight alpha = 0.85; an earlier trial had trained it, and has its time."
        in page
    )
    page = said(render(tiny(replace(best, alpha=0.9, pretrained="trained"))))
    assert "joined with weight alpha = 0.9." in page
    assert "joined" not in said(render(tiny(complete(0, 0.25))))


def test_a_best_trial_does_not_beat_itself_or_its_equal() -> None:
    assert "It beats" not in said(render(AWKWARD["interrupted"]))
    equals = tiny(complete(0, 0.25, label="notebook"), complete(1, 0.25, label="mine"))
    assert "It beats" not in said(render(equals))


def test_interrupted_trials_do_not_count() -> None:
    assert "The only trial" in said(render(AWKWARD["interrupted"]))


def test_a_study_without_a_result_says_so() -> None:
    assert "This study has no trials yet." in said(render(EMPTY))
    assert "No trial is complete yet." in said(render(AWKWARD["all failed"]))


def test_mixed_engines_and_versions_are_told_where_the_score_is() -> None:
    """They are told with the result and again in the provenance, and nowhere if there are none."""
    study = AWKWARD["mixed"]
    assert study.mixtures
    page = said(render(study))
    for line in study.mixtures:
        assert page.count(line) == 2
    assert 'class="warnings"' not in render(AWKWARD["one"])
