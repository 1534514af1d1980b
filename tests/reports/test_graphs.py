"""Figures for Optuna's dashboard: what they show, that they stay small, and that any study has
them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reports import graphs as module
from reports.figures.path import draw_path, path
from reports.graphs import graphs
from studies.results.study_result import StudyResult, TrialResult
from tests.reports.confirmed import plausible_opened
from tests.reports.gallery import AWKWARD
from tests.reports.made_up import EMPTY, complete, plausible, pruned, tiny

MORNING = datetime(2026, 3, 14, 9, 0, 0)  # noqa: DTZ001 - as Optuna stores its trials' times


def timed(trial: TrialResult, begin: float, end: float, session: int = 0) -> TrialResult:
    """The trial from minute to minute."""
    started, finished = (MORNING + timedelta(minutes=minutes) for minutes in (begin, end))
    return replace(trial, started=started, finished=finished, session=session)


@pytest.mark.parametrize("study", AWKWARD.values(), ids=AWKWARD)
def test_every_study_has_the_figures_that_it_can_have(study: StudyResult) -> None:
    """The awkward ones too: each has a title, and markup from a name is none in it."""
    found = graphs(study)
    assert found.keys() <= {"neumf-answer", "neumf-path", "neumf-curves"}
    for figure in found.values():
        drawn = json.loads(figure.to_json())
        assert drawn["layout"]["title"]["text"]
        assert "<script" not in json.dumps(drawn)


def test_nothing_is_drawn_of_nothing() -> None:
    assert graphs(EMPTY) == {}


def test_they_show_the_best_the_starting_points_and_what_was_confirmed() -> None:
    """And say how far the study was."""
    study = plausible_opened()
    found = graphs(study)
    trials = f"{len(study.finished)} trials"
    title = found["neumf-curves"].layout.title.text
    assert title == f"Curves of the best of {trials}"
    drawn = {number for trace in found["neumf-curves"].data for number in trace.meta or {}}
    foremost = {trial.number for trial in study.ranking[:5]}
    labelled = {trial.number for trial in study.trials if trial.label and trial.curve}
    assert drawn == foremost | labelled
    assert found["neumf-answer"].layout.title.text.startswith("On test")


def test_figures_of_the_longest_curves_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best curves are drawn as far as there is room for whole ones."""
    study = plausible(60)
    assert sum(len(figure.to_json()) for figure in graphs(study).values()) < 100_000
    best, second, *_ = study.ranking
    monkeypatch.setattr(module, "MOST_POINTS", best.epochs + second.epochs - 1)
    drawn = {n for trace in graphs(study)["neumf-curves"].data for n in trace.meta or {}}
    assert drawn == {best.number}


def test_the_path_leaves_out_the_time_between_sessions() -> None:
    """Trials that end together are told by their ends, and a pruned one only spends time."""
    study = tiny(
        timed(complete(0, 0.3), 0, 4),
        timed(complete(1, 0.5), 0, 2),
        timed(pruned(2, 0.9), 2, 6),
        timed(complete(3, 0.6), 600, 603, session=1),
        timed(complete(4, 0.4), 601, 604, session=1),
    )
    found = [(lead.seconds / 60, lead.best, lead.trial.number) for lead in path(study)]
    assert found == [(2, 0.5, 1), (9, 0.6, 3), (10, 0.6, 3)]


def test_the_path_counts_in_the_unit_that_fits() -> None:
    """From three of it on."""
    for minutes, unit in ((2.9, "seconds"), (3, "minutes"), (180, "hours")):
        figure = draw_path(path(tiny(timed(complete(0, 0.3), 0, minutes))), "nDCG@10")
        assert figure is not None
        assert figure.layout.xaxis.title.text == f"{unit} of searching"


def test_there_is_no_path_without_times_or_without_a_complete_trial() -> None:
    assert path(tiny(complete(0, 0.3))) == ()
    assert path(tiny(timed(pruned(0, 0.3), 0, 1))) == ()
    assert draw_path((), "nDCG@10") is None
