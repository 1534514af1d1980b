"""The figure of which worker did what, and when."""

from __future__ import annotations

from dataclasses import replace

from reports.page import render
from reports.sections import timeline
from reports.sections.timeline import LOOKS, Content, draw
from studies.results import timeline as times
from studies.results.study_result import StudyResult
from tests.reports.confirmed import plausible_opened
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import plausible
from tests.reports.reader import said


def content(study: StudyResult) -> Content:
    found = timeline.section(study).content
    assert isinstance(found, Content)
    return found


def test_a_bar_for_each_trial_and_run_by_what_became_of_it() -> None:
    study = plausible_opened(60)
    assert study.best is not None
    figure = draw(times.timeline(study), study.best.number)
    assert figure is not None
    drawn = {trace.name: len(trace.x) for trace in figure.data}
    assert study.confirmed is not None
    assert drawn == {
        "complete": study.counts["complete"],
        "pruned": study.counts["pruned"],
        "failed": study.counts["failed"],
        "confirming": len(study.confirmed.runs),
        "simple models": len(study.baselines),
        "opening": 1,
        "best": 1,
    }


def test_no_two_kinds_look_alike_without_colours() -> None:
    looks = [(look.thickness, look.pattern) for look in LOOKS.values()]
    assert len(set(looks)) == len(looks)


def test_the_tables_tell_the_same_as_the_figure() -> None:
    """For whoever has no scripts or does not see it."""
    found = content(plausible_opened(60))
    assert [row.phase for row in found.phases] == [
        *("search", "confirming", "simple models", "opening")
    ]
    assert [row.name for row in found.workers] == ["worker 0", "worker 1", "coordinator"]
    totals = [sum(row.spans[n] for row in found.workers) for n in range(4)]
    assert totals == [60, 25, len(AWKWARD["opened"].baselines), 1]
    page = said(render(plausible_opened(60)))
    assert "1 pause is cut short" in page
    assert "a pause may have been one of them" in page
    assert "not recorded which worker" not in page


def test_older_studies_say_what_they_do_not_know() -> None:
    study = plausible(20)
    old = replace(study, trials=tuple(replace(trial, worker=None) for trial in study.trials))
    assert content(old).unknown == 20
    assert "For 20 runs it was not recorded which worker made them" in said(render(old))
    assert content(AWKWARD["one"]).plot.json is None
    assert "When its trials ran is not recorded." in said(render(AWKWARD["one"]))


def test_a_thousand_trials_keep_the_size_of_the_figure() -> None:
    """Its height follows from the workers."""
    assert content(plausible(1000)).height == content(plausible(10)).height
